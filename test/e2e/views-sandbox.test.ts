import { sandboxViews } from './support/sandbox-views.ts';
import { testViewsOfFixture } from './support/test-views.ts';

testViewsOfFixture(sandboxViews);
