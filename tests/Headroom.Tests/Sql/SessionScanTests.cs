using System.Globalization;
using System.Text;
using CsCheck;
using Headroom.Core;
using Headroom.Core.Queries;
using Headroom.Sql;
using Xunit;

namespace Headroom.Tests.Sql;

public sealed class SessionScanTests
{
    private const long To = 1_000_000;
    private static readonly string[] Names = ["$pageview", "$pageview", "$screen", "$autocapture", "buy", "engagement"];

    [Fact]
    public void Uuids_in_small_letters_have_keys_of_their_own_and_no_other_text_has_one() =>
        Gen.Select(Gen.Guid, Gen.Int[0, 35], Gen.OneOfConst('A', 'F', 'g', '-', '/', ':', '`', 'G', ' ', '\0'), Gen.Guid).Sample((guid, place, wrong, other) =>
        {
            var text = guid.ToString("D");
            Assert.True(SessionKey.TryParse(Encoding.UTF8.GetBytes(text), out var key));
            Span<byte> bytes = stackalloc byte[16];
            guid.TryWriteBytes(bytes, bigEndian: true, out _);
            Assert.Equal(new SessionKey(BitConverter.ToUInt64(bytes), BitConverter.ToUInt64(bytes[8..])), key);
            Assert.True(SessionKey.TryParse(Encoding.UTF8.GetBytes(other.ToString("D")), out var another));
            Assert.Equal(guid == other, key == another);

            Assert.Equal(!text.AsSpan().ContainsAnyInRange('a', 'f'), SessionKey.TryParse(Encoding.UTF8.GetBytes(text.ToUpperInvariant()), out _));
            Assert.False(SessionKey.TryParse(Encoding.UTF8.GetBytes(text[..35]), out _));
            Assert.False(SessionKey.TryParse(Encoding.UTF8.GetBytes(text + "0"), out _));
            var characters = text.ToCharArray();
            (var was, characters[place]) = (characters[place], wrong);
            Assert.Equal(was == wrong, SessionKey.TryParse(Encoding.UTF8.GetBytes(characters), out _));
        });

    [Fact]
    public void Many_sessions_with_many_pages_are_put_together_as_one_by_one() =>
        Gen.Select(Gen.Int[0, 40_000], Gen.Int[1, 30_000], Gen.Int[1, 200], Gen.UInt, Gen.Bool, Gen.Int[1, 3], Gen.Bool).Sample(
            (count, sessions, pages, seed, several, parts, asked) =>
            {
                var random = new Random((int)seed);
                var ids = Enumerable.Range(0, sessions).Select(i => i % 3 == 0 ? "s" + i : Id(random)).ToArray();

                // Some sessions have far more events than others.
                var events = Enumerable.Range(0, count).Select(_ => new Row(
                    ids[(int)(sessions * Math.Pow(random.NextDouble(), 3))], random.Next(-1, 51) * (To / 50), Names[random.Next(Names.Length)], random.Next(0, 50), "/" + random.Next(pages))).ToArray();
                var layout = new SessionLayout { Web = true, Several = several ? 5 : -1, Bits = 7 };
                layout.Texts.Add(new SessionText(5, 6, Last: false, OfViews: true));
                layout.Values.Add(new SessionSource(0));
                if (!several)
                {
                    layout.Values.Add(new SessionSource(-1, -1, 2));
                }

                if (asked)
                {
                    layout.Conditions.Add(new SessionCondition(0, SessionLayout.FirstCondition << 1, -1, 0, false));
                }

                using var scan = new SessionScan(layout);
                using var rows = new SessionRows(layout.Values.Count, scan);
                var sinks = Enumerable.Range(0, parts).Select(_ => scan.NewPart()).ToArray();
                Parallel.For(0, parts, p =>
                {
                    foreach (var batch in events.Where((_, i) => i % parts == p).Chunk(2_048))
                    {
                        sinks[p].Take(new Batch(batch));
                    }
                });
                rows.Arrange(new SessionTime(new TimeBuckets(0, To, [0], []), null), CancellationToken.None);
                var texts = rows.Texts;
                var actual = new List<(int, long, long, int, int, int, bool, string, string)>();
                for (var i = 0; i < rows.Rows.Length; i++)
                {
                    var (row, code) = (rows.Rows[i], rows.Codes(0)[i]);
                    actual.Add((
                        row.Person, row.At, row.Length, row.Views, row.Acts, row.Matched, row.Entered, code < 0 ? "" : texts.Text(code),
                        several ? "" : texts.Text(rows.Codes(1)[i])));
                }

                Assert.Equal(events.GroupBy(static e => e.Session).SelectMany(s => Expected([.. s], several, asked)).Order(), actual.Order());
            },
            iter: 30, threads: 1);

    private static IEnumerable<(int, long, long, int, int, int, bool, string, string)> Expected(List<Row> events, bool several, bool asked)
    {
        var views = events.Where(static e => e.Name == "$pageview").ToList();
        var start = events.Min(static e => e.At);
        if (views.Count == 0 || start < 0 || start >= To)
        {
            yield break;
        }

        var person = events.Where(static e => e.Person != 0).Select(static e => (int)e.Person + 1).DefaultIfEmpty(-1).Min();
        var length = events.Max(static e => e.At) - start;
        var acts = events.Count(static e => e.Name is not "engagement");
        var entry = views.OrderBy(static v => v.At).ThenBy(static v => v.Rank).First().Page;
        if (asked && !Row.IsEven(entry))
        {
            yield break;
        }

        if (!several)
        {
            yield return (person, start, length, views.Count, acts, views.Count, true, entry, person > 0 && (person - 1) % 2 == 1 ? "true" : "false");
            yield break;
        }

        foreach (var page in views.GroupBy(static v => v.Page))
        {
            yield return (person, start, length, page.Count(), acts, page.Count(), page.Key == entry, page.Key, "");
        }
    }

    private static string Id(Random random)
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new Guid(bytes).ToString("D");
    }

    private sealed record Row(string Session, long At, string Name, long Person, string Page)
    {
        public static bool IsEven(string page) => (page[^1] - '0') % 2 == 0;

        /// <summary>Every event meets all, those of even pages a condition of the session, and every second person has something.</summary>
        public long Bits => SessionLayout.Matches | SessionLayout.Chooses | SessionLayout.IsEntry | (IsEven(Page) ? SessionLayout.FirstCondition << 1 : SessionLayout.FirstCondition) |
            (1L + (Person % 2) << SessionLayout.PersonsAt);

        /// <summary>Unsigned.</summary>
        public ulong Rank => unchecked((ulong)Page.Length << 60 ^ (ulong)(long.Parse(Page[1..], CultureInfo.InvariantCulture) * 0x1E37_79B9_7F4A_7C15));
    }

    /// <summary>Persons are one more now than they were.</summary>
    private sealed class Batch(Row[] rows) : ColumnBatch
    {
        private readonly long[] _times = [.. rows.Select(static r => r.At)];
        private readonly long[] _stored = [.. rows.Select(static r => r.Person)];
        private readonly long[] _now = [.. rows.Select(static r => r.Person + 1)];
        private readonly long[] _ranks = [.. rows.Select(static r => (long)r.Rank)];
        private readonly long[] _bits = [.. rows.Select(static r => r.Bits)];

        public override int Count => rows.Length;

        public override ReadOnlySpan<long> Longs(int column) => column switch
        {
            1 => _times,
            3 => _stored,
            4 => _now,
            7 => _bits,
            _ => _ranks,
        };

        public override ReadOnlySpan<double> Doubles(int column) => throw new InvalidOperationException();

        public override bool IsNull(int column, int row) => false;

        public override ReadOnlySpan<byte> Utf8(int column, int row) => Encoding.UTF8.GetBytes(column switch
        {
            0 => rows[row].Session,
            2 => rows[row].Name,
            _ => rows[row].Page,
        });
    }
}
