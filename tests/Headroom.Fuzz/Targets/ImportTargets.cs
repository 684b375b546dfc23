using Headroom.App.Importing;

namespace Headroom.Fuzz.Targets;

/// <summary>Lines made into events, without the reading of the file around them. What is made of lines capture takes, each by itself.</summary>
internal abstract class LinesTarget : FuzzTarget
{
    private readonly CaptureUnderTest _capture = new();
    private readonly ByteBuffer _body = new(64 << 10);

    public override void Run(byte[] input)
    {
        using var format = Make(input);
        _body.CutTo(0);
        var (events, line) = (0, 0);
        foreach (var range in input.AsSpan().Split((byte)'\n'))
        {
            var text = input.AsSpan()[range];
            if (text.IsEmpty || events == CaptureUnderTest.Limits.MaxEventsPerRequest)
            {
                continue;
            }

            var mark = _body.Length;
            Put(events == 0 ? (byte)'[' : (byte)',');
            if (format.TryWrite(text, new Guid(++line, 0, 0, new byte[8]), _body, out var problem))
            {
                events++;
            }
            else
            {
                _body.CutTo(mark);
                Law.Holds(problem is { Length: > 0 }, "A line that is no event is told why.");
            }
        }

        if (events > 0)
        {
            Put((byte)']');
            _capture.Import(_body.Written, events);
        }
    }

    protected abstract ILineFormat Make(byte[] input);

    private void Put(byte value)
    {
        _body.GetSpan(1)[0] = value;
        _body.Advance(1);
    }
}

/// <summary>Lines of JSON.</summary>
internal sealed class NdjsonTarget : LinesTarget
{
    protected override ILineFormat Make(byte[] input) => new NdjsonFormat();
}

/// <summary>Lines of a web server's log.</summary>
internal sealed class AccessLogTarget : LinesTarget
{
    protected override ILineFormat Make(byte[] input) => new AccessLogFormat("$pageview", "https://example.com", "hrw_1");
}

/// <summary>
/// A file that is imported, whole: its form is looked for, it is unpacked and cut into rows, CSV among them. The first byte says what
/// is known of it, and whether it is looked at only, as before an import.
/// </summary>
internal sealed class ImportFileTarget : FuzzTarget
{
    private static readonly Dictionary<string, string> Mapped = new() { ["event"] = "name", ["distinct_id"] = "user", ["timestamp"] = "time", ["uuid"] = "" };
    private readonly Sink _sink = new(new CaptureUnderTest());

    public override int MaxInputBytes => 8192;

    public override IReadOnlyList<string> Words { get; } = ["event,distinct_id,timestamp,uuid", "name;user;time", "\"\"", "\",\"", "\r\n", "\uFEFF", "1763900000"];

    public override void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        var says = input[0];
        var settings = new ImportSettings(
            (says & 3) switch { 0 => null, 1 => ImportForm.Csv, 2 => ImportForm.Ndjson, _ => ImportForm.AccessLog },
            (says & 4) == 0 ? new Dictionary<string, string>() : Mapped,
            (says & 8) == 0 ? null : ';',
            (says & 16) == 0 ? null : "visit",
            null);
        if ((says & 64) != 0)
        {
            // It tells what is wrong with a file and throws for none.
            ImportPreviews.ReadAsync(input.AsMemory(1), cut: (says & 128) != 0, settings, "hrw_1", CancellationToken.None).GetAwaiter().GetResult();
            return;
        }

        try
        {
            ReadAsync(input[1..], settings, (says & 32) == 0 ? 0 : 1).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is UnreadableFileException or InvalidDataException)
        {
            // The file is refused with a reason: by its form, or by what unpacks it.
        }
    }

    private async Task ReadAsync(byte[] file, ImportSettings settings, long skip)
    {
        await using var source = await ImportSource.OpenAsync(new MemoryStream(file, writable: false), CancellationToken.None);
        await new RowReader(source, settings, "hrw_1", _sink).ReadAsync(skip, CancellationToken.None);
    }

    private sealed class Sink(CaptureUnderTest capture) : IRowSink
    {
        private readonly RowBatch _batch = new(CaptureUnderTest.Limits.MaxEventsPerRequest);

        public ValueTask<RowBatch?> NextAsync(RowBatch? full, CancellationToken cancellationToken)
        {
            Take(full);
            _batch.Body.CutTo(0);
            _batch.Body.GetSpan(1)[0] = (byte)'[';
            _batch.Body.Advance(1);
            return ValueTask.FromResult<RowBatch?>(_batch);
        }

        public ValueTask EndAsync(RowBatch last, CancellationToken cancellationToken)
        {
            Take(last);
            return ValueTask.CompletedTask;
        }

        public void Refuse(RefusedRow row) => Law.Holds(row.Line > 0 && row.Reason.Length > 0, "A row that is refused is told where and why.");

        private void Take(RowBatch? batch)
        {
            if (batch is { Lines.Count: > 0 })
            {
                batch.Body.GetSpan(1)[0] = (byte)']';
                batch.Body.Advance(1);
                capture.Import(batch.Body.Written, batch.Lines.Count);
            }
        }
    }
}
