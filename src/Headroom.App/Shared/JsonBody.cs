using System.Globalization;
using Headroom.Core.Queries;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Headroom.App.Shared;

/// <summary>A request's body that is one of the documents of <see cref="QueryJson"/>, whose mistakes are told by field.</summary>
internal static class JsonBody
{
    /// <summary>The document, or an answer that refuses the body; neither where <paramref name="errors"/> has what is wrong.</summary>
    public static async ValueTask<(T? Document, ProblemHttpResult? Problem)> ReadAsync<T>(HttpRequest request, int most, QueryErrors errors, CancellationToken cancellationToken)
        where T : class
    {
        if (!request.HasJsonContentType())
        {
            return (null, TypedResults.Problem("Send the document as application/json.", statusCode: StatusCodes.Status415UnsupportedMediaType));
        }

        return await ReadBytesAsync(request, most, cancellationToken) is { } body
            ? (QueryJson.Read<T>(body.Span, "", errors), null)
            : (null, TypedResults.Problem(
                string.Create(CultureInfo.InvariantCulture, $"The body may have at most {most} bytes."), statusCode: StatusCodes.Status413PayloadTooLarge));
    }

    /// <summary>The body, or null where it is larger than <paramref name="most"/>.</summary>
    public static async ValueTask<ReadOnlyMemory<byte>?> ReadBytesAsync(HttpRequest request, int most, CancellationToken cancellationToken)
    {
        if (request.ContentLength > most)
        {
            return null;
        }

        var buffer = new byte[Math.Min(most + 1, (int)(request.ContentLength + 1 ?? 8_192))];
        var length = 0;
        while (true)
        {
            var read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                return buffer.AsMemory(0, length);
            }

            length += read;
            if (length > most)
            {
                return null;
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(most + 1, buffer.Length * 2));
            }
        }
    }
}
