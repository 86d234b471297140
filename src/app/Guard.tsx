/** A part of the page: where drawing it fails, the other parts stand, and what is open stays open. */
import { Component, type ReactNode } from 'react';
import { messageOf } from './worker-clients';

interface GuardProps {
  /** What it shows, as a sentence begins. */
  readonly part: string;
  /** What it is drawn from: when that changes, it is tried again. */
  readonly of: unknown;
  readonly children: ReactNode;
}

interface GuardState {
  readonly failure?: { readonly error: unknown };
}

export class Guard extends Component<GuardProps, GuardState> {
  override state: GuardState = {};

  static getDerivedStateFromError(error: unknown): GuardState {
    return { failure: { error } };
  }

  override componentDidUpdate(before: GuardProps) {
    if (this.state.failure && before.of !== this.props.of) this.setState({ failure: undefined });
  }

  override render() {
    const { failure } = this.state;
    if (!failure) return this.props.children;
    return (
      <div className="failed" role="alert">
        <p>
          <strong>{this.props.part} could not be shown.</strong> Everything else stands; loading the page anew
          may help.
        </p>
        <p className="muted small">{messageOf(failure.error)}</p>
      </div>
    );
  }
}
