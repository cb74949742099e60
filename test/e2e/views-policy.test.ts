import { policyViews } from './support/policy-views.ts';
import { testViewsFrom } from './support/test-views.ts';

testViewsFrom(policyViews);
