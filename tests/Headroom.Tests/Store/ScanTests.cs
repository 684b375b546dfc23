using System.Text;
using Headroom.Core;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>What a scan hands over is what a query answers, value for value.</summary>
public sealed class ScanTests : IAsyncLifetime
{
    private static readonly ProjectId Project = new(1);
    private readonly StoreFixture _fixture = new();

    public async ValueTask InitializeAsync() => await AddAsync(0, 1);

    private static string DistinctId(int i) => new('ä', i % 9);

    private static string? SessionId(int i) => i % 3 == 0 ? null : new string('s', i % 17);

    private async Task AddAsync(int first, long offset)
    {
        using var batch = _fixture.Store.BeginBatch();
        var rows = batch.Rows(Project);
        for (var i = first; i < first + 5_000; i++)
        {
            var uuid = new Guid(i, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
            batch.TryAddUuid(Project, uuid, i);
            batch.Count(Project, 1, 0, 0);
            // Lengths around what DuckDB keeps inside and outside its vector.
            rows.AddRow(
                uuid, rows.Store("viewed"u8), rows.Store(Encoding.UTF8.GetBytes(DistinctId(i))), i % 100,
                SessionId(i) is { } session ? rows.Store(Encoding.UTF8.GetBytes(session)) : TextSlice.Null, i * 1_000L, i);
        }

        await batch.CommitAsync(offset, TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task A_scan_hands_over_the_rows_that_a_query_answers()
    {
        var query = Query(
            "SELECT e.person_key, e.distinct_id, e.session_id, CAST(e.person_key AS DOUBLE) / 7 FROM {events} AS e WHERE e.\"timestamp\" >= $1 AND e.event = $2 AND $3 AND e.person_key < $4 AND e.person_key > $5",
            DateTime.UnixEpoch.AddSeconds(1), "viewed", true, 90L, 0.5);
        var sink = new Rows();
        var summary = await _fixture.Store.ScanAsync(query, sink, TestContext.Current.CancellationToken);
        var rows = await _fixture.Store.QueryAsync(query, TestContext.Current.CancellationToken);
        Assert.NotEmpty(rows.Rows);
        Assert.Equal(rows.Rows.Count, summary.Rows);
        Assert.Equal(rows.DataVersion, summary.DataVersion);
        Assert.Equal(
            rows.Rows.Select(r => ((long)r[0]!, (string)r[1]!, (string?)r[2], (double)r[3]!)).Order(),
            sink.Found.Order());
    }

    [Theory]
    [InlineData("e.distinct_id, e.session_id")]
    [InlineData("{text_code}(e.distinct_id), {text_code}(e.session_id)")]
    [InlineData("coalesce({text_code}(CAST(NULL AS VARCHAR)), {text_code}(left(e.distinct_id, 400)), {text_code}('none')), CASE WHEN e.session_id >= '' THEN {text_code}(e.session_id) END")]
    public async Task Parts_together_are_given_each_row_once_and_texts_as_the_same_numbers(string texts)
    {
        for (var i = 1; i <= 6; i++)
        {
            await AddAsync(5_000 * i, i + 1);
        }

        var sink = new PartedTexts();
        var summary = await _fixture.Store.ScanAsync(
            Query($"SELECT {texts}, e.\"timestamp\" FROM {{events}} AS e"), sink, TestContext.Current.CancellationToken);
        Assert.Equal(35_000, summary.Rows);
        Assert.Equal(
            Enumerable.Range(0, 35_000).Select(i => ((long)i * 1_000, (string?)DistinctId(i), SessionId(i))),
            sink.Parts.SelectMany(p => p.Found).OrderBy(f => f.At));
    }

    [Fact]
    public async Task What_a_sink_throws_comes_out_of_the_scan()
    {
        var thrown = await Assert.ThrowsAsync<FormatException>(async () => await _fixture.Store.ScanAsync(
            Query("SELECT e.person_key FROM {events} AS e"), new Failing(), TestContext.Current.CancellationToken));
        Assert.Equal("No.", thrown.Message);
        Assert.Equal(5_000, (await _fixture.Store.ScanAsync(Query("SELECT e.distinct_id, e.session_id, e.\"timestamp\" FROM {events} AS e"), new PartedTexts(), TestContext.Current.CancellationToken)).Rows);
    }

    [Fact]
    public async Task More_rows_than_allowed_and_too_long_a_run_are_refused()
    {
        var rows = await Assert.ThrowsAsync<QueryRefusedException>(async () => await _fixture.Store.ScanAsync(
            Query("SELECT e.person_key, e.distinct_id, e.session_id, 0.0::DOUBLE FROM {events} AS e") with { MaxRows = 4_999 }, new Rows(), TestContext.Current.CancellationToken));
        Assert.Equal(QueryBound.Rows, rows.Bound);
        var time = await Assert.ThrowsAsync<QueryRefusedException>(async () => await _fixture.Store.ScanAsync(
            Query("SELECT count(*) FROM range(10000000000) AS a, {events} AS e") with { Timeout = TimeSpan.FromMilliseconds(50) }, new Rows(), TestContext.Current.CancellationToken));
        Assert.Equal(QueryBound.Time, time.Bound);
    }

    [Fact]
    public async Task A_client_that_goes_away_stops_its_scan()
    {
        using var gone = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _fixture.Store.ScanAsync(
            Query("SELECT count(*) FROM range(10000000000) AS a, {events} AS e"), new Rows(), gone.Token));
    }

    [Fact]
    public async Task A_column_of_another_type_is_not_read_as_if_it_were_this_one() =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _fixture.Store.ScanAsync(
            Query("SELECT e.distinct_id, e.distinct_id, e.session_id, 0.0::DOUBLE FROM {events} AS e"), new Rows(), TestContext.Current.CancellationToken));

    private static StoreQuery Query(string sql, params object[] parameters) => new() { Project = Project, Sql = sql, Parameters = parameters };

    private sealed class Failing : IColumnSink
    {
        public void Take(ColumnBatch batch) => throw new FormatException("No.");
    }

    private sealed class PartedTexts : IPartedSink
    {
        private readonly TextCodes _codes = new();

        public List<Texts> Parts { get; } = [];

        TextCodes IColumnSink.Texts => _codes;

        public IColumnSink NewPart()
        {
            Parts.Add(new Texts(_codes));
            return Parts[^1];
        }

        public void Take(ColumnBatch batch) => throw new InvalidOperationException("The store gives parts.");
    }

    private sealed class Texts(TextCodes codes) : IColumnSink
    {
        public List<(long At, string? DistinctId, string? SessionId)> Found { get; } = [];

        public void Take(ColumnBatch batch)
        {
            var numbers = new int[2][];
            for (var c = 0; c < 2; c++)
            {
                numbers[c] = new int[batch.Count];
                batch.Number(c, codes, numbers[c]);
            }

            var times = batch.Longs(2);
            for (var i = 0; i < batch.Count; i++)
            {
                Found.Add((times[i], Text(numbers[0][i]), Text(numbers[1][i])));
            }
        }

        private string? Text(int number) => number < 0 ? null : codes.Text(number);
    }

    private sealed class Rows : IColumnSink
    {
        public List<(long Person, string DistinctId, string? Session, double Number)> Found { get; } = [];

        public void Take(ColumnBatch batch)
        {
            for (var i = 0; i < batch.Count; i++)
            {
                Found.Add((batch.Longs(0)[i], Encoding.UTF8.GetString(batch.Utf8(1, i)), batch.IsNull(2, i) ? null : Encoding.UTF8.GetString(batch.Utf8(2, i)), batch.Doubles(3)[i]));
            }
        }
    }
}
