// A process of its own, for its memory: 25 specs × 400 board-variants × --count 1000, planned, and the first order served.
import { TestBartender } from '../src/plan/bartender.ts';
import { planOrders } from '../src/plan/plan-orders.ts';
import { Selection } from '../src/plan/selection.ts';
import { lab, roles } from '../test/plan/labs.ts';

const boards = Array.from({ length: 200 }, (_, index) => `B${index}`);
const of = lab({
  boards: Object.fromEntries(boards.map((name) => [name, { variants: ['', 'X'] }])),
  tentacles: boards.flatMap((name) => [
    [`t-${name}`, name],
    [`u-${name}`, name],
  ]),
  specs: Array.from({ length: 25 }, (_, index) => ({
    name: `s${index}`,
    ...(index < 5 ? { roles: roles({ one: 'mcu', two: 'mcu' }) } : {}),
  })),
  reference: 'B7',
});
const start = performance.now();
const plan = planOrders(of, { selection: Selection.all(of), count: 1000 });
const bartender = new TestBartender(plan);
const decision = bartender.next({
  free: new Set(of.tentacles.map(({ id }) => id)),
  loaded: new Map(),
  firmwareReady: () => true,
  hostSlots: true,
});
const ms = performance.now() - start;
console.log(
  JSON.stringify({
    orders: plan.counts.orders,
    left: bartender.left,
    first: decision?.order.id,
    ms: Math.round(ms),
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
