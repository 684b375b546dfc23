using Microsoft.Extensions.FileProviders;

namespace Headroom.App.Capture;

/// <summary>posthog-js and those of its parts whose events are taken, as its package has them, for pages that load it from where they send to.</summary>
public sealed class PostHogLibrary : IDisposable
{
    private readonly PhysicalFileProvider? _files;

    /// <param name="directory">That may not be there, where the web app is not built.</param>
    public PostHogLibrary(string directory) => _files = Directory.Exists(directory) ? new PhysicalFileProvider(directory) : null;

    internal IFileProvider Files => (IFileProvider?)_files ?? new NullFileProvider();

    public void Dispose() => _files?.Dispose();
}
