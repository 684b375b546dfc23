using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Headroom.App.Importing;

/// <summary>The opened input, decompressed, with what its beginning tells.</summary>
public sealed class ImportSource : IAsyncDisposable
{
    // Enough to tell files apart; little, so that a log that has grown since is still the same file.
    private const int IdentityBytes = 4096;

    private ImportSource(Stream text, byte[] identity, ReadOnlyMemory<byte> head)
    {
        Text = text;
        Identity = identity;
        Head = head;
    }

    /// <summary>What is in the file, from its beginning.</summary>
    public Stream Text { get; }

    /// <summary>SHA-256 of the first 4 KiB after decompression: the same file packed or renamed is the same.</summary>
    public ReadOnlyMemory<byte> Identity { get; }

    /// <summary>The same bytes, still to be read from <see cref="Text"/>.</summary>
    public ReadOnlyMemory<byte> Head { get; }

    /// <param name="file">Plain or gzip; closed with the source.</param>
    /// <param name="unpacked">What is put around the text of a gzip file; nothing where it is left out.</param>
    /// <param name="cancellationToken">Stops the first reads.</param>
    public static async Task<ImportSource> OpenAsync(Stream file, CancellationToken cancellationToken, Func<Stream, Stream>? unpacked = null)
    {
        var peeked = new PeekStream(file);
        var isGzip = (await peeked.PeekAsync(2, cancellationToken)).Span is [0x1F, 0x8B];
        Stream inside = isGzip ? new GZipStream(peeked, CompressionMode.Decompress) : peeked;
        var text = new PeekStream(isGzip && unpacked is not null ? unpacked(inside) : inside);
        var head = await text.PeekAsync(IdentityBytes, cancellationToken);
        return new ImportSource(text, SHA256.HashData(head.Span), head);
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

    /// <summary>What separates the columns of a CSV file, by its header.</summary>
    public char LikelyDelimiter()
    {
        var head = Head.Span;
        var end = head.IndexOf((byte)'\n');
        var header = end < 0 ? head : head[..end];
        return header.Contains((byte)',') ? ',' : header.Contains((byte)'\t') ? '\t' : header.Contains((byte)';') ? ';' : ',';
    }

    public ValueTask DisposeAsync() => Text.DisposeAsync();
}
