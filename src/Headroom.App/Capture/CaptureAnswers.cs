using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Headroom.App.Capture;

/// <param name="Outcome">A short, fixed word for metrics.</param>
/// <param name="RetryHelps">Then the client is told when to come again.</param>
/// <param name="Dropped">Of a Plausible event's domains, those that nobody knows.</param>
internal readonly record struct CaptureAnswer(
    int Status, byte[] Body, string ContentType, string Outcome, bool RetryHelps = false, int Dropped = 0)
{
    /// <summary>The outcome of a request that was taken whole.</summary>
    public const string Ok = "ok";
}

/// <summary>What each protocol's SDKs need to hear.</summary>
internal static class CaptureAnswers
{
    private const string Json = "application/json";
    private static readonly CaptureAnswer[] OverloadedAnswers = [.. Enum.GetValues<CaptureProtocol>().Select(static protocol => Refused(protocol, CaptureLoad.Overloaded))];
    private static readonly CaptureAnswer[] TooManyAnswers = [.. Enum.GetValues<CaptureProtocol>().Select(static protocol => Refused(protocol, CaptureLoad.TooMany))];
    private static readonly CaptureAnswer PostHogOk = new(200, "{\"status\":1}"u8.ToArray(), Json, CaptureAnswer.Ok);
    public static readonly CaptureAnswer SegmentOk = new(200, "{\"success\":true}"u8.ToArray(), Json, CaptureAnswer.Ok);
    private static readonly CaptureAnswer PlausibleOk = new(202, "ok"u8.ToArray(), "text/plain; charset=utf-8", CaptureAnswer.Ok);

    public static CaptureAnswer Accepted(CaptureProtocol protocol, int refused, Refusal? first)
    {
        if (first is not null)
        {
            var ok = protocol == CaptureProtocol.PostHog;
            var body = Write(json =>
            {
                if (ok)
                {
                    json.WriteNumber("status"u8, 1);
                }
                else
                {
                    json.WriteBoolean("success"u8, true);
                }

                json.WriteNumber("rejected"u8, refused);
                json.WriteString("detail"u8, first.Detail);
            });
            return new CaptureAnswer(200, body, Json, "partial");
        }

        return protocol == CaptureProtocol.PostHog ? PostHogOk : SegmentOk;
    }

    /// <summary>Plausible's good answer, which tells in a header of domains that got nothing.</summary>
    public static CaptureAnswer VisitAccepted(int dropped) =>
        dropped == 0 ? PlausibleOk : PlausibleOk with { Outcome = "partial", Dropped = dropped };

    /// <summary>
    /// Capture v1: what became of each event, by its uuid. A dropped one is not to be sent again; all others are
    /// to be retried where <paramref name="busy"/> says why they are not stored.
    /// </summary>
    public static CaptureAnswer Results(CaptureState state, CaptureOptions limits, Refusal? busy = null)
    {
        var output = new ArrayBufferWriter<byte>(64 + (state.EventCount * 64));
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteStartObject("results"u8);
        Span<byte> uuid = stackalloc byte[36];
        for (var i = 0; i < state.EventCount; i++)
        {
            ref readonly var e = ref state.Events[i];
            e.Uuid.TryFormat(uuid, out _);
            json.WriteStartObject(uuid);
            var reason = e.Fault == EventFault.None ? busy : EventFaults.Describe(e.Fault, i, limits);
            json.WriteString("result"u8, e.Fault != EventFault.None ? "drop"u8 : busy is null ? "ok"u8 : "retry"u8);
            if (reason is not null)
            {
                json.WriteString("details"u8, reason.Detail);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return new CaptureAnswer(200, output.WrittenSpan.ToArray(), Json, busy?.Reason ?? (state.FirstFault < 0 ? CaptureAnswer.Ok : "partial"), busy is not null);
    }

    public static CaptureAnswer Refused(CaptureProtocol protocol, Refusal refusal)
    {
        var body = Write(json =>
        {
            switch (protocol)
            {
                case CaptureProtocol.PostHog or CaptureProtocol.PostHogV1:
                    json.WriteString("type"u8, refusal.Status switch
                    {
                        401 => "authentication_error",
                        >= 500 => "server_error",
                        _ => "validation_error",
                    });
                    json.WriteString("code"u8, refusal.Status == 401 ? "invalid_api_key" : refusal.Reason);
                    json.WriteString("detail"u8, refusal.Detail);
                    json.WriteString("attr"u8, refusal.Field);
                    break;
                case CaptureProtocol.Segment:
                    json.WriteBoolean("success"u8, false);
                    json.WriteString("message"u8, refusal.Detail);
                    break;
                default:
                    json.WriteStartObject("errors"u8);
                    json.WriteStartArray(refusal.Field);
                    json.WriteStringValue(refusal.Detail);
                    json.WriteEndArray();
                    json.WriteEndObject();
                    break;
            }
        });
        return new CaptureAnswer(Status(protocol, refusal), body, Json, refusal.Reason, refusal.RetryHelps);
    }

    /// <summary>
    /// Segment's API says 400 of what is too large, which is the one status that none of its SDKs comes again after. A batch
    /// is not halved by them, as PostHog's SDKs halve it on 413, so that sending it again would be for nothing.
    /// </summary>
    private static int Status(CaptureProtocol protocol, Refusal refusal) =>
        protocol == CaptureProtocol.Segment && refusal.Status is 413 or 415 ? 400 : refusal.Status;

    /// <summary>One of the few refusals of a server that is full, made once for each protocol: they cost the most where there are the most of them.</summary>
    public static CaptureAnswer Full(CaptureProtocol protocol, Refusal refusal) =>
        (refusal == CaptureLoad.Overloaded ? OverloadedAnswers : TooManyAnswers)[(int)protocol];

    public static ValueTask SendAsync(HttpContext http, in CaptureAnswer answer, string retryAfter)
    {
        var response = http.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        if (answer.RetryHelps)
        {
            response.Headers.RetryAfter = retryAfter;
        }

        if (answer.Dropped > 0)
        {
            response.Headers["x-plausible-dropped"] = answer.Dropped.ToString(CultureInfo.InvariantCulture);
        }

        var written = response.BodyWriter.WriteAsync(answer.Body, http.RequestAborted);
        return written.IsCompletedSuccessfully ? ValueTask.CompletedTask : Await(written);

        static async ValueTask Await(ValueTask<System.IO.Pipelines.FlushResult> written) => await written;
    }

    /// <summary>
    /// Browsers send from every page there is, with credentials as they please: the origin and the headers asked for
    /// are mirrored. Capture keys only write, so there is nothing to protect here.
    /// </summary>
    public static void AllowOrigin(HttpContext http)
    {
        var origin = http.Request.Headers.Origin;
        if (origin.Count == 0)
        {
            return;
        }

        var headers = http.Response.Headers;
        headers.AccessControlAllowOrigin = origin;
        headers.AccessControlAllowCredentials = "true";
        headers.Vary = "Origin";
    }

    public static void Preflight(HttpContext http)
    {
        AllowOrigin(http);
        var headers = http.Response.Headers;
        headers.AccessControlAllowMethods = "GET, POST, OPTIONS";
        var asked = http.Request.Headers.AccessControlRequestHeaders;
        if (asked.Count > 0)
        {
            headers.AccessControlAllowHeaders = asked;
        }

        headers.AccessControlMaxAge = "86400";
        http.Response.StatusCode = 200;
        http.Response.ContentLength = 0;
    }

    private static byte[] Write(Action<Utf8JsonWriter> members)
    {
        var output = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        json.Flush();
        return output.WrittenSpan.ToArray();
    }
}
