import { sandboxViews } from './support/sandbox-views.ts';
import { testViewFixture } from './support/test-views.ts';

testViewFixture(sandboxViews);
