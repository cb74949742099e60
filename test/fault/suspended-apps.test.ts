import { testSuite } from './suite.ts';

testSuite('largeApps');
