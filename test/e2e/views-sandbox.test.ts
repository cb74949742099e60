import { sandboxViews } from './support/sandbox-views.ts';
import { testViewsFrom } from './support/test-views.ts';

testViewsFrom(sandboxViews);
