// One edge block between two columns of nodes: its lines, each a Bézier curve as a strip of quads with soft edges; or, from
// afar, one band between two such curves.
//
//   x(t) = x₀ + (x₁ − x₀)·(1.5t − 1.5t² + t³),   y(t) = y₀ + (y₁ − y₀)·(3t² − 2t³),   0 ≤ t ≤ 1
//   (control points half-way between the columns, at the height of either end)
//
// Bindings: look (places, colours, one width and opacity per class of strength), pairs, strengths, colours (packed, one a pair;
// read where isColoured, in the place of the signs' two)
// Draw: vertices are two per step along the curve (triangle strip); instances of `line` are entries of `pairs`, weakest first;
// `band` is one instance.

const CLASSES = 6u;

struct Look {
  // First node's height and the step to the next (a band: its top and bottom), for sources and targets; pixels of the picture.
  sources: vec2f,
  targets: vec2f,
  // Horizontal places of the two columns; size of the picture.
  columns: vec2f,
  size: vec2f,
  positive: vec4f,
  negative: vec4f,
  // (opacity, width in pixels) of the classes, two a vector.
  classes: array<vec4f, 3>,
  strongest: f32,
  // Lengths of dashes and of dash and gap together, in pixels; 0 for lines without gaps.
  dash: f32,
  period: f32,
  steps: u32,
  perTarget: u32,
  targetsPerPart: u32,
  isDiagonal: u32,
  isColoured: u32,
}

@group(0) @binding(0) var<uniform> look: Look;
@group(0) @binding(1) var<storage, read> pairs: array<u32>;
@group(0) @binding(2) var<storage, read> strengths: array<f32>;
@group(0) @binding(3) var<storage, read> colours: array<u32>;

struct Vertex {
  @builtin(position) position: vec4f,
  @location(0) color: vec4f,
  // Distance from the line's middle and its half width, length along it; pixels.
  @location(1) across: f32,
  @location(2) halfWidth: f32,
  @location(3) along: f32,
}

fn curve(t: f32, y0: f32, y1: f32) -> vec2f {
  let x = t * (1.5 + t * (t - 1.5));
  let y = t * t * (3.0 - 2.0 * t);
  return vec2f(mix(look.columns.x, look.columns.y, x), mix(y0, y1, y));
}

fn on_screen(place: vec2f) -> vec4f {
  return vec4f(2.0 * place.x / look.size.x - 1.0, 1.0 - 2.0 * place.y / look.size.y, 0.0, 1.0);
}

@vertex
fn band(@builtin(vertex_index) corner: u32) -> Vertex {
  let t = f32(corner / 2u) / f32(look.steps);
  let isBottom = corner % 2u == 1u;
  let y0 = select(look.sources.x, look.sources.y, isBottom);
  let y1 = select(look.targets.x, look.targets.y, isBottom);
  var out: Vertex;
  out.position = on_screen(curve(t, y0, y1));
  out.color = look.positive;
  out.halfWidth = 0.5;
  return out;
}

@vertex
fn line(@builtin(instance_index) entry: u32, @builtin(vertex_index) corner: u32) -> Vertex {
  let pair = pairs[entry];
  let target_ = pair / look.perTarget;
  var source = target_;
  if (look.isDiagonal == 0u) {
    source = (target_ / look.targetsPerPart) * look.perTarget + pair % look.perTarget;
  }
  let y0 = look.sources.x + f32(source) * look.sources.y;
  let y1 = look.targets.x + f32(target_) * look.targets.y;
  var out: Vertex;
  if (max(y0, y1) < 0.0 || min(y0, y1) > look.size.y) {
    out.position = vec4f(2.0, 2.0, 0.0, 1.0);
    return out;
  }
  let strength = strengths[entry];
  let class_ = min(CLASSES - 1u, u32(abs(strength) / look.strongest * f32(CLASSES)));
  let style = look.classes[class_ / 2u];
  let opacity = select(style.x, style.z, class_ % 2u == 1u);
  let width = select(style.y, style.w, class_ % 2u == 1u);
  var color = select(look.positive, look.negative, strength < 0.0);
  if (look.isColoured == 1u) {
    color = vec4f(unpack4x8unorm(colours[entry]).rgb, 1.0);
  }

  let step = corner / 2u;
  let t = f32(step) / f32(look.steps);
  let here = curve(t, y0, y1);
  let slope = vec2f((look.columns.y - look.columns.x) * (1.5 + t * (3.0 * t - 3.0)), (y1 - y0) * 6.0 * t * (1.0 - t));
  let side = select(-1.0, 1.0, corner % 2u == 1u);
  // Canvases measure lines of up to a pixel along the nearer axis, which makes slanted ones thinner.
  let normal = normalize(vec2f(-slope.y, slope.x));
  let thinning = select(1.0, max(abs(normal.x), abs(normal.y)), width <= 1.0);
  out.halfWidth = 0.5 * width * thinning;
  out.across = side * (out.halfWidth + 0.5);
  if (look.period > 0.0) {
    var last = curve(0.0, y0, y1);
    for (var k = 1u; k <= step; k++) {
      let next = curve(f32(k) / f32(look.steps), y0, y1);
      out.along += distance(last, next);
      last = next;
    }
  }
  let place = here + out.across * normal;
  out.position = on_screen(place);
  out.color = color * opacity;
  return out;
}

@fragment
fn fragment(in: Vertex) -> @location(0) vec4f {
  if (look.period > 0.0 && in.along % look.period > look.dash) {
    discard;
  }
  // Lines thinner than a pixel are as wide as one, and fainter: the area under this slope is their width.
  let reach = in.halfWidth + 0.5;
  let peak = min(1.0, 2.0 * in.halfWidth / (reach * reach));
  return in.color * clamp(reach - abs(in.across), 0.0, 1.0) * select(1.0, peak, in.halfWidth < 0.5);
}
