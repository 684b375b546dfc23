import { Component, type ReactNode } from 'react';
import { Button } from '../ui/controls';
import { EmptyState } from '../ui/states';

/** A view that failed does not take the others with it. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <EmptyState whole icon="warning" title="This view failed" actions={<Button icon="refresh" onClick={() => window.location.reload()}>Reload</Button>}>
        It may be that Headroom was updated while the page was open. Reloading brings the new version.
      </EmptyState>
    );
  }
}
