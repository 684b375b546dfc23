using System.Diagnostics;
using System.Text;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;
namespace Headroom.Tests.Store;
public sealed class FunnelMeasurement
{
    [Fact]
    public async Task Measure()
    {
        await using var f = new StoreFixture(o => { o.QueryMemoryMegabytes = 1024; });
        var r = new Random(1);
        var total = 2_000_000;
        var p = new ProjectId(1);
        var w = Stopwatch.StartNew();
        for (var b = 0; b < 20; b++)
        {
            using var batch = f.Store.BeginBatch();
            var rows = batch.Rows(p);
            for (var i = 0; i < total / 20; i++)
            {
                var t = TestEventMicros + (long)((b + r.NextDouble()) * 3 * 86_400e6);
                var x = r.NextDouble();
                var name = x < 0.45 ? "$pageview" : x < 0.55 ? "signup" : x < 0.6 ? "buy" : "other" + r.Next(20);
                var person = 1 + (long)(100_000 * Math.Pow(r.NextDouble(), 3));
                var u = Guid.CreateVersion7();
                rows.AddRow(u, rows.Store(Encoding.UTF8.GetBytes(name)), rows.Store(Encoding.UTF8.GetBytes("u" + person)), person, TextSlice.Null, t, t);
            }
            await batch.CommitAsync(b + 1, CancellationToken.None);
        }
        f.Compact();
        Console.WriteLine($"fill {w.ElapsedMilliseconds} ms");
        var utc = new LocalCalendar(TimeZoneInfo.Utc, false);
        var day = DateOnly.FromDateTime(UnixMicros.ToInstant(TestEventMicros).UtcDateTime);
        foreach (var order in new[] { FunnelOrder.Ordered, FunnelOrder.Any, FunnelOrder.Strict })
        for (var n = 0; n < 4; n++)
        {
            var q = new FunnelQuery([new FunnelStep { Event = "$pageview" }, new FunnelStep { Event = "signup" }, new FunnelStep { Event = "buy" }],
                new QueryRange { From = day.AddDays(15).ToString("yyyy-MM-dd"), To = day.AddDays(44).ToString("yyyy-MM-dd") }, order);
            var e = new QueryErrors();
            var time = FunnelValidator.Validate(q, utc, 0, e);
            var plan = FunnelCompiler.Compile(q, time!, p, f.Store.Schema(p), DuckDbDialect.Instance);
            w.Restart();
            var scan = await f.Store.ScanAsync(plan.Statement, plan.Sink, CancellationToken.None);
            var s = w.Elapsed.TotalMilliseconds;
            ((ActorEvents)plan.Sink).Arrange();
            var a = w.Elapsed.TotalMilliseconds;
            var result = plan.Read(scan, utc, default, () => default, CancellationToken.None);
            Console.WriteLine($"{order}: {scan.Rows} rows scan {s:F1} arrange {a - s:F1} machine {w.Elapsed.TotalMilliseconds - a:F1} -> {string.Join(',', result.Series[0].Steps!.Select(x => x.Persons))}");
        }
    }
    private static readonly long TestEventMicros = UnixMicros.From(new DateTimeOffset(2026, 9, 1, 0, 0, 0, TimeSpan.Zero));
}
