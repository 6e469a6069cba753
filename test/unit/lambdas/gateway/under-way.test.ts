import * as fc from 'fast-check';
import { type Place, UnderWay } from '../../../../lambdas/gateway/under-way';

test('what was added and not removed is under way, whatever ends before whatever else', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant('add' as const), fc.nat({ max: 1_000 })), { maxLength: 60 }), (steps) => {
      const underWay = new UnderWay<number>();
      const places: Place<number>[] = [];
      for (const [number, step] of steps.entries()) {
        if (step === 'add') places.push(underWay.add(number));
        else if (places.length > 0) underWay.remove(places.splice(step % places.length, 1)[0] as Place<number>);
        expect(underWay.all().toSorted((a, b) => a - b)).toEqual(places.map(({ what }) => what));
        expect(underWay.size).toBe(places.length);
      }
    }),
  );
});
