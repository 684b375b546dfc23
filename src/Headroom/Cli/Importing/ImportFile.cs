using Headroom.App.Importing;

namespace Headroom.Cli.Importing;

/// <summary>The file that the command line names, opened.</summary>
internal sealed class ImportFile : IAsyncDisposable
{
    private readonly Stream _raw;

    private ImportFile(Stream raw, ImportSource source, string? path) => (_raw, Source, Path) = (raw, source, path);

    public ImportSource Source { get; }

    /// <summary>Null for the standard input.</summary>
    public string? Path { get; }

    /// <summary>The part read so far, from 0 to 1; 0 where the length is not known.</summary>
    public double Fraction => _raw.CanSeek && _raw.Length > 0 ? (double)_raw.Position / _raw.Length : 0;

    public static async Task<ImportFile> OpenAsync(string path, Terminal terminal, CancellationToken cancellationToken)
    {
        var fromInput = path == "-";
        if (!fromInput && !File.Exists(path))
        {
            throw new CommandFailedException($"There is no file {path}.");
        }

        var raw = fromInput
            ? terminal.In()
            : new FileStream(path, new FileStreamOptions { BufferSize = 1024 * 1024, Options = FileOptions.SequentialScan | FileOptions.Asynchronous });
        return new ImportFile(raw, await ImportSource.OpenAsync(raw, cancellationToken), fromInput ? null : path);
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await _raw.DisposeAsync();
    }
}
