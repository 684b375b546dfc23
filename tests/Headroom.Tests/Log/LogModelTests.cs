using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Log;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Headroom.Tests.Log;

/// <summary>
/// Random actions against a model: the list of what was acknowledged. After every crash each acknowledged record that
/// retention may not have removed is read once, in order, and nothing is read that was not appended.
/// </summary>
public sealed class LogModelTests
{
    private enum Act
    {
        Append, AppendMany, AppendLarge, AppendTogether, Release, FullDisk, FreeDisk, FailFsync, Advance, PowerLoss, Kill, DieInAppends, DieInAppendsWithPower, Close,
    }

    private static readonly Gen<(Act Act, int Number)> Action = Gen.Select(Gen.Enum<Act>(), Gen.Int[0, 40]);

    [Fact]
    public Task Acknowledged_records_survive_every_crash() =>
        Gen.Select(Action.Array[1, 40], Gen.Int).SampleAsync(
            async input => await new Run(input.Item2).Play(input.Item1), iter: 400, threads: 1);

    private sealed class Run(int seed)
    {
        private readonly SimulatedDisk _disk = new(new Random(seed));
        private readonly FakeTimeProvider _time = new(LogTesting.Start);
        private readonly EmbeddedEventLogOptions _options = LogTesting.Options(o => (o.RetainBytes, o.QueueBytes) = (6000, 2 << 20));
        private readonly SortedDictionary<long, string> _acknowledged = [];
        private readonly HashSet<string> _appended = new(StringComparer.Ordinal);
        private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
        private long _released;
        private int _next;

        public async Task Play((Act Act, int Number)[] actions)
        {
            var log = LogTesting.Open(_disk, _options, _time);
            foreach (var (act, number) in actions)
            {
                switch (act)
                {
                    case Act.Append:
                        await Append(log, 1, number);
                        break;
                    case Act.AppendMany:
                        await Append(log, number, 100);
                        break;
                    case Act.AppendLarge:
                        await Append(log, 2, number * 300);
                        break;
                    case Act.AppendTogether:
                        await AppendTogether(log, 1 + (number % 5), number * 20);
                        break;
                    case Act.Release:
                        _released = Math.Max(_released, _acknowledged.Keys.ElementAtOrDefault(number));
                        log.Release("writer", _released);
                        await log.MaintainAsync();
                        break;
                    case Act.FullDisk:
                        _disk.Capacity = _disk.Size + (number * 50);
                        break;
                    case Act.FreeDisk:
                        _disk.Capacity = long.MaxValue;
                        await log.MaintainAsync();
                        break;
                    case Act.FailFsync:
                        _disk.FailingFlushes = 1 + (number % 3);
                        break;
                    case Act.Advance:
                        _time.Advance(TimeSpan.FromHours(number));
                        await log.MaintainAsync();
                        break;
                    case Act.PowerLoss:
                        _disk.LosePower();
                        log = await Reopen(log);
                        break;
                    case Act.Kill:
                        _disk.Kill();
                        log = await Reopen(log);
                        break;
                    case Act.DieInAppends or Act.DieInAppendsWithPower:
                        _disk.DieAfter(number % 7);
                        await Append(log, number, 150);
                        if (act == Act.DieInAppendsWithPower)
                        {
                            _disk.LosePower();
                        }

                        log = await Reopen(log);
                        break;
                    case Act.Close:
                        await log.DisposeAsync();
                        log = await Reopen(log);
                        break;
                }

                Check(log);
            }

            _disk.Kill();
            await log.DisposeAsync();
        }

        private async Task Append(EmbeddedEventLog log, int count, int size)
        {
            var texts = Enumerable.Range(0, count).Select(i => $"{_next++}:" + new string('x', size + i)).ToArray();
            _appended.UnionWith(texts);
            var results = await Task.WhenAll(texts.Select(log.Append));
            for (var i = 0; i < count; i++)
            {
                if (results[i].Status == LogAppendStatus.Durable)
                {
                    Assert.True(_acknowledged.TryAdd(results[i].Offset, texts[i]), "An offset was given twice.");
                }
            }
        }

        /// <summary>Beside single appends, so that they share groups.</summary>
        private async Task AppendTogether(EmbeddedEventLog log, int count, int size)
        {
            var texts = Enumerable.Range(0, count).Select(i => $"{_next++}:" + new string('y', size + i)).ToArray();
            _appended.UnionWith(texts);
            var before = Append(log, 2, 10);
            var together = log.AppendAllAsync([.. texts.Select(text => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text)))], CancellationToken.None);
            var result = await together;
            await before;
            var offset = result.Offset;
            foreach (var text in result.Status == LogAppendStatus.Durable ? texts : [])
            {
                Assert.True(_acknowledged.TryAdd(offset, text), "An offset was given twice.");
                offset += LogFormat.RecordHeaderBytes + text.Length;
            }

            if (result.Status != LogAppendStatus.Durable)
            {
                _refused.UnionWith(texts);
            }
        }

        private async Task<EmbeddedEventLog> Reopen(EmbeddedEventLog log)
        {
            _disk.Kill();
            await log.DisposeAsync();
            _disk.Capacity = long.MaxValue;
            _disk.FailingFlushes = 0;
            return LogTesting.Open(_disk, _options, _time);
        }

        /// <summary>
        /// Retention runs beside this reader, which is no consumer, and may overtake it: but only among what was released.
        /// </summary>
        private SortedDictionary<long, string> ReadAll(EmbeddedEventLog log, out long next)
        {
            while (true)
            {
                using var reader = log.OpenReader(0);
                var seen = new SortedDictionary<long, string>();
                next = 0;
                try
                {
                    while (reader.TryRead(700) is { Count: > 0 } records)
                    {
                        foreach (var record in records)
                        {
                            Assert.True(record.Offset >= next, "Records overlap.");
                            next = record.NextOffset;
                            seen.Add(record.Offset, Encoding.UTF8.GetString(record.Payload.Span));
                        }
                    }

                    return seen;
                }
                catch (LogCorruptException e) when (e.Message.Contains("was removed", StringComparison.Ordinal))
                {
                    Assert.True(next < _released, $"A reader at {next} was overtaken, but only {_released} was released.");
                }
            }
        }

        private void Check(EmbeddedEventLog log)
        {
            var seen = ReadAll(log, out var next);
            Assert.Equal(log.EndOffset, Math.Max(next, seen.Count == 0 ? log.EndOffset : next));
            Assert.All(seen.Values, text => Assert.Contains(text, _appended));
            Assert.DoesNotContain(seen.Values, _refused.Contains);
            Assert.Equal(seen.Count, seen.Values.Distinct(StringComparer.Ordinal).Count());
            foreach (var (offset, text) in _acknowledged)
            {
                if (seen.TryGetValue(offset, out var read))
                {
                    Assert.Equal(text, read);
                }
                else
                {
                    Assert.True(offset < _released, $"The acknowledged record at {offset} is lost.");
                }
            }
        }
    }
}
