using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Headroom.Cli.Importing;

internal enum ImportForm
{
    Ndjson,
    Csv,
    AccessLog,
}

/// <summary>The opened input, decompressed, with what its beginning tells.</summary>
internal sealed class ImportSource : IAsyncDisposable
{
    // Enough to tell files apart; little, so that a log that has grown since is still the same file.
    private const int IdentityBytes = 4096;
    private readonly Stream _raw;

    private ImportSource(Stream raw, Stream text, byte[] identity, ReadOnlyMemory<byte> head, string? path)
    {
        _raw = raw;
        Text = text;
        Identity = identity;
        Head = head;
        Path = path;
    }

    public Stream Text { get; }

    /// <summary>SHA-256 of the first 4 KiB after decompression: the same file packed or renamed is the same.</summary>
    public byte[] Identity { get; }

    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>Null for the standard input.</summary>
    public string? Path { get; }

    /// <summary>The part read so far, from 0 to 1; 0 where the length is not known.</summary>
    public double Fraction => _raw.CanSeek && _raw.Length > 0 ? (double)_raw.Position / _raw.Length : 0;

    public static async Task<ImportSource> OpenAsync(string path, Terminal terminal, CancellationToken cancellationToken)
    {
        var fromInput = path == "-";
        if (!fromInput && !File.Exists(path))
        {
            throw new CommandFailedException($"There is no file {path}.");
        }

        var raw = fromInput
            ? terminal.In()
            : new FileStream(path, new FileStreamOptions { BufferSize = 1024 * 1024, Options = FileOptions.SequentialScan | FileOptions.Asynchronous });
        var peeked = new PeekStream(raw);
        var isGzip = (await peeked.PeekAsync(2, cancellationToken)).Span is [0x1F, 0x8B];
        var text = new PeekStream(isGzip ? new GZipStream(peeked, CompressionMode.Decompress) : peeked);
        var head = await text.PeekAsync(IdentityBytes, cancellationToken);
        return new ImportSource(raw, text, SHA256.HashData(head.Span), head, fromInput ? null : path);
    }

    /// <summary>What the first line looks like; null where it looks like nothing that is known.</summary>
    public ImportForm? Detect()
    {
        var head = Head.Span;
        if (head.StartsWith(Encoding.UTF8.Preamble))
        {
            head = head[Encoding.UTF8.Preamble.Length..];
        }

        head = head.TrimStart(" \t\r\n"u8);
        var end = head.IndexOf((byte)'\n');
        var line = end < 0 ? head : head[..end];
        return head is [(byte)'{', ..] ? ImportForm.Ndjson
            : AccessLogFormat.TryParse(line, out _) ? ImportForm.AccessLog
            : line.IndexOfAny(",;\t"u8) > 0 ? ImportForm.Csv
            : null;
    }

    public async ValueTask DisposeAsync()
    {
        await Text.DisposeAsync();
        await _raw.DisposeAsync();
    }
}
