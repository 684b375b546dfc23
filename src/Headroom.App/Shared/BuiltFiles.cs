using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Headroom.App.Shared;

/// <summary>Sends files of the build, as they were compressed ahead of time (.br and .gz beside them) where the asker takes that, with an entity tag.</summary>
public static class BuiltFiles
{
    private static readonly (string Suffix, string Encoding)[] Encodings = [(".br", "br"), (".gz", "gzip")];

    /// <param name="name">Of a file that is there, from the provider's root.</param>
    public static async Task SendAsync(HttpContext context, IFileProvider files, string name, string contentType, string cacheControl)
    {
        var headers = context.Response.Headers;
        headers.Vary = StringValues.Concat(headers.Vary, HeaderNames.AcceptEncoding);
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = cacheControl;
        var file = files.GetFileInfo(name);
        var accepted = context.Request.GetTypedHeaders().AcceptEncoding;
        foreach (var (suffix, encoding) in Encodings)
        {
            if (Accepts(accepted, encoding) && files.GetFileInfo(name + suffix) is { Exists: true } compressed)
            {
                file = compressed;
                headers.ContentEncoding = encoding;
                break;
            }
        }

        var tag = new EntityTagHeaderValue($"\"{file.LastModified.UtcTicks:x}-{file.Length:x}\"");
        headers.ETag = tag.ToString();
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        context.Response.ContentType = contentType;
        context.Response.ContentLength = file.Length;
        if (HttpMethods.IsGet(context.Request.Method))
        {
            await context.Response.SendFileAsync(file, context.RequestAborted).ConfigureAwait(false);
        }
    }

    private static bool Accepts(IList<StringWithQualityHeaderValue> accepted, string encoding) =>
        accepted.Any(one => one.Quality is not 0 && one.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase));
}
