import { describe, expect, it } from 'vitest';
import { placeBelow } from './place';

const windowOf = (offsetWidth: number, innerHeight: number) => ({ innerHeight, document: { documentElement: { offsetWidth } } });
const trigger = { left: 100, top: 100, bottom: 130, width: 120 };

describe('a popover', () => {
  it('stands below its trigger', () => {
    expect(placeBelow(trigger, 280, 420, windowOf(1280, 800))).toEqual({ left: 100, width: 280, top: 134, maxHeight: 420 });
  });

  it('stands above where there is no room below', () => {
    const low = { ...trigger, top: 700, bottom: 730 };
    expect(placeBelow(low, 280, 420, windowOf(1280, 800))).toEqual({ left: 100, width: 280, bottom: 104, maxHeight: 420 });
  });

  it('is as tall as its content may be, where the window has room', () => {
    expect(placeBelow(trigger, 280, 560, windowOf(1280, 800)).maxHeight).toBe(560);
    expect(placeBelow(trigger, 280, 560, windowOf(1280, 600)).maxHeight).toBe(458);
  });

  it('ends before the scrollbar', () => {
    const right = { ...trigger, left: 1100, width: 150 };
    expect(placeBelow(right, 340, 420, windowOf(1265, 800)).left).toBe(1265 - 340 - 8);
  });

  it('stays within a narrow window', () => {
    const right = { ...trigger, left: 300 };
    const place = placeBelow(right, 400, 420, windowOf(360, 800));
    expect(place.left).toBe(8);
    expect(place.width).toBe(344);
  });
});
