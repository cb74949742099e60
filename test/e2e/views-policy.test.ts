import { policyViews } from './support/policy-views.ts';
import { testViewsOfFixture } from './support/test-views.ts';

testViewsOfFixture(policyViews);
