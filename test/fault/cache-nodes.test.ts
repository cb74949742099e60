/** Tokens over three Redis primaries, which fail, are added and removed under load (docs/adr/0020). */
import { testSuite } from './suite.ts';

testSuite('nodes');
