export { runNgGnn } from './ng-gnn';
export { runNgT } from './ng-t';
export { type NgGnnWeights, type NgTWeights, ngGnnWeights, ngTWeights } from './weights';
