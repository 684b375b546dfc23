using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Headroom.App.Importing;

/// <summary>Settings under <c>Headroom:Importing</c>: what is imported over HTTP. The command line is not concerned.</summary>
public sealed class ImportingOptions
{
    public const string Section = "Headroom:Importing";

    /// <summary>Mebibytes of a file as sent; default 20,480, which is 20 GiB. It is read as it comes and kept nowhere. Over it: 413.</summary>
    [Range(1, 1_000_000)]
    public int MaxFileMegabytes { get; set; } = 20_480;

    /// <summary>Mebibytes of a compressed file's text; default 204,800, which is 200 GiB. Bounds the work that a small file may make. Over it: 413.</summary>
    [Range(1, 10_000_000)]
    public int MaxTextMegabytes { get; set; } = 204_800;

    /// <summary>
    /// Imports that run at once on this server, of a project one; default 2. Each takes most of a processor and some 10 MB. Over it: 429.
    /// </summary>
    [Range(1, 64)]
    public int MaxRunning { get; set; } = 2;

    /// <summary>
    /// Events of the project that may wait to be stored before an import waits for them; default 300,000, some seconds of work. More
    /// makes an import on a busy server faster, and events that arrive meanwhile later.
    /// </summary>
    [Range(1_000, 100_000_000)]
    public int MaxWaitingEvents { get; set; } = 300_000;
}

[OptionsValidator]
internal sealed partial class ImportingOptionsValidator : IValidateOptions<ImportingOptions>;
