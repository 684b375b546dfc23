using Headroom.Core;
using Microsoft.Win32.SafeHandles;
using ParquetSharp;
using ParquetSharp.Arrow;

namespace Headroom.Store;

/// <summary>
/// Segments that were opened to read a column, kept for who reads next: the footer takes longer than the column of a few row
/// groups. Texts come with their dictionaries. Safe for concurrent use; a file is one reader's at a time.
/// </summary>
internal sealed class OpenSegments(TimeProvider time) : IDisposable
{
    /// <summary>Files nobody reads; each is a file descriptor.</summary>
    private const int MostFiles = 16;

    /// <summary>Of those files, times their columns: what a footer takes in memory, some 700 bytes for each.</summary>
    private const long MostChunks = 32_768;

    /// <summary>What is decoded of them stays in a processor's cache until it is counted, and its memory is used again.</summary>
    private const int BatchRows = 32_768;
    private static readonly TimeSpan CloseAfter = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<Idle> _idle = [];
    private bool _closed;

    /// <param name="columns">At least as many property columns as the segment has.</param>
    public OpenSegment Take(Segment segment, int columns)
    {
        lock (_gate)
        {
            if (_idle.FindLastIndex(o => o.Segment == segment.File.Path) is var at && at >= 0)
            {
                var known = _idle[at].File;
                _idle.RemoveAt(at);
                return known;
            }
        }

        using var properties = ReaderProperties.WithMemoryPool(SegmentFormat.Memory);
        using var arrow = ArrowReaderProperties.GetDefault();
        arrow.UseThreads = false;
        arrow.PreBuffer = false;
        arrow.BatchSize = BatchRows;
        for (var i = SegmentFormat.FixedColumns; i < SegmentFormat.FixedColumns + columns; i++)
        {
            // For a column that is not of texts this says nothing.
            arrow.SetReadDictionary(i, true);
        }

        return new OpenSegment(segment.File.Path, new FileReader(segment.File.Path, properties, arrow));
    }

    /// <summary>Not for a file that could not be read.</summary>
    public void GiveBack(Segment segment, OpenSegment file)
    {
        lock (_gate)
        {
            _idle.Add(new Idle(segment.File.Path, file, time.GetTimestamp()));
            while (_closed ? _idle.Count > 0 : _idle.Count > MostFiles || _idle.Sum(static o => (long)o.File.Chunks) > MostChunks)
            {
                Close(0);
            }
        }
    }

    public void CloseIdle()
    {
        lock (_gate)
        {
            while (_idle.Count > 0 && time.GetElapsedTime(_idle[0].Since) >= CloseAfter)
            {
                Close(0);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_idle.Count > 0)
            {
                Close(0);
            }
        }
    }

    private void Close(int at)
    {
        _idle[at].File.Dispose();
        _idle.RemoveAt(at);
    }

    private readonly record struct Idle(string Segment, OpenSegment File, long Since);
}

/// <summary>An open segment, and where its columns are in the file.</summary>
internal sealed class OpenSegment : IDisposable
{
    private readonly string _path;
    private readonly int _columns;
    private readonly ColumnChunk[] _chunks;
    private readonly long[] _firstRows;

    public OpenSegment(string path, FileReader reader)
    {
        (_path, Reader) = (path, reader);
        using var file = Open();
        var footer = ParquetFooter.Read(file, path);
        (_columns, _chunks) = (footer.Columns.Count, [.. footer.Chunks]);
        _firstRows = new long[footer.GroupRows.Count + 1];
        for (var g = 0; g < footer.GroupRows.Count; g++)
        {
            _firstRows[g + 1] = _firstRows[g] + footer.GroupRows[g];
        }
    }

    public FileReader Reader { get; }

    /// <summary>Columns times row groups.</summary>
    public int Chunks => _chunks.Length;

    /// <summary>The first row of each row group, and the number of all rows.</summary>
    public ReadOnlySpan<long> FirstRows => _firstRows;

    public SafeFileHandle Open() => File.OpenHandle(_path);

    public ColumnChunk Chunk(int group, int column) => _chunks[(group * _columns) + column];

    public void Dispose() => Reader.Dispose();
}
