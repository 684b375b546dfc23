using System.Buffers;
using System.Buffers.Text;
using System.Net;
using System.Text;
using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capture;

/// <summary>
/// Takes one request from bytes to a durable record: bounds, body, decoding, project, record, log, answer. The good
/// answer leaves only after the log has the record on disk.
/// </summary>
internal sealed class Capture(
    IOptions<CaptureOptions> options, IEventLog log, IProjectDirectory projects, IVisitorSalts salts, WaitingEvents waiting,
    RefusedEvents refusedEvents, CaptureLoad load, CaptureClock clock)
{
    private const int MaxUserAgentChars = 1000;
    private static readonly Refusal UnknownKey = new(
        401, "key", "The project key is not known. It is shown in the project's settings.", "api_key");

    private static readonly Refusal UnknownDomain = new(
        401, "key", "is registered with no project. Add it in the project's settings.", "domain");

    private static readonly Refusal MissingKey = new(401, "key", "The request carries no project key.", "api_key");
    private readonly CaptureOptions _limits = options.Value;
    private readonly DefaultObjectPool<CaptureState> _states = new(new DefaultPooledObjectPolicy<CaptureState>(), Environment.ProcessorCount * 128);
    private int _logDown;

    public async Task HandleAsync(HttpContext http, CaptureRoute route)
    {
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            CaptureAnswers.Preflight(http);
            return;
        }

        CaptureAnswers.AllowOrigin(http);
        var started = clock.Time.GetTimestamp();
        if (!load.TryEnter())
        {
            await AnswerAsync(http, route, CaptureAnswers.Refused(route.Protocol, CaptureLoad.TooMany), 0, started);
            return;
        }

        var state = _states.Get();
        using var span = CaptureMetrics.StartSpan(route.Protocol);
        var bodyBytes = 0;
        CaptureAnswer answer;
        try
        {
            var refusal = await ReadBodyAsync(http, state);
            bodyBytes = state.Body.Length;
            answer = refusal is null ? await TakeAsync(http, route, state) : CaptureAnswers.Refused(route.Protocol, refusal);
        }
        catch (BadHttpRequestException e)
        {
            answer = CaptureAnswers.Refused(route.Protocol, e.StatusCode == 413
                ? Refusal.BodyTooLarge(_limits) : new Refusal(e.StatusCode, "malformed", "The request is not valid HTTP."));
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            CaptureMetrics.Request(route.Protocol, "aborted", bodyBytes, clock.Time.GetElapsedTime(started));
            return;
        }
        catch (Exception e)
        {
            clock.Logger.RequestFailed(e);
            answer = CaptureAnswers.Refused(route.Protocol, Refusal.Busy("The request could not be taken. Try again later."));
        }
        finally
        {
            load.Leave(state);
            state.Reset();
            _states.Return(state);
        }

        span?.SetTag("outcome", answer.Outcome);
        await AnswerAsync(http, route, answer, bodyBytes, started);
    }

    private ValueTask AnswerAsync(HttpContext http, CaptureRoute route, in CaptureAnswer answer, int bodyBytes, long started)
    {
        CaptureMetrics.Request(route.Protocol, answer.Outcome, bodyBytes, clock.Time.GetElapsedTime(started));
        return CaptureAnswers.SendAsync(http, answer, _limits.RetryAfterSeconds);
    }

    private async ValueTask<Refusal?> ReadBodyAsync(HttpContext http, CaptureState state)
    {
        var request = http.Request;
        if (request.ContentLength > _limits.MaxBodyBytes)
        {
            return Refusal.BodyTooLarge(_limits);
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size && size.MaxRequestBodySize < _limits.MaxBodyBytes)
        {
            size.MaxRequestBodySize = _limits.MaxBodyBytes;
        }

        var reader = request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(http.RequestAborted);
            var buffer = result.Buffer;
            if (buffer.Length > _limits.MaxBodyBytes - state.Body.Length)
            {
                reader.AdvanceTo(buffer.End);
                return Refusal.BodyTooLarge(_limits);
            }

            if (!load.TryCharge(state, (int)buffer.Length))
            {
                reader.AdvanceTo(buffer.End);
                return CaptureLoad.TooMuch;
            }

            foreach (var segment in buffer)
            {
                state.Body.Write(segment.Span);
            }

            reader.AdvanceTo(buffer.End);
            if (result.IsCompleted)
            {
                return null;
            }
        }
    }

    private async ValueTask<CaptureAnswer> TakeAsync(HttpContext http, CaptureRoute route, CaptureState state)
    {
        var now = UnixMicros.From(clock.Time.GetUtcNow());
        var refusal = Decode(http, route, state);
        if (route.Protocol == CaptureProtocol.Plausible)
        {
            return refusal is null
                ? await AppendVisitAsync(http, state, now)
                : await RefuseAsync(http, route, state, refusal);
        }

        if (refusal is not null)
        {
            return await RefuseAsync(http, route, state, refusal);
        }

        if (state.Key.IsAbsent)
        {
            return CaptureAnswers.Refused(route.Protocol, MissingKey);
        }

        if (!TryFind(state, out var project))
        {
            await projects.RefreshAsync(http.RequestAborted);
            if (!TryFind(state, out project))
            {
                return CaptureAnswers.Refused(route.Protocol, UnknownKey);
            }
        }

        Refusal? firstRefused = null;
        if (state.FirstFault >= 0)
        {
            firstRefused = EventFaults.Describe(state.Events[state.FirstFault].Fault, state.FirstFault, _limits);
        }

        WriteRecord(http, route.Protocol, state, project.Id, now);
        if (state.Record.Count == 0)
        {
            refusedEvents.Add(project.Id, state.EventCount);
            return route.Protocol == CaptureProtocol.PostHogV1 ? CaptureAnswers.Results(state, _limits)
                : CaptureAnswers.Refused(route.Protocol, firstRefused ?? Refusal.Malformed("The batch is empty."));
        }

        refusal = await AppendAsync(route.Protocol, state, project.Id);
        return refusal is not null ? CaptureAnswers.Refused(route.Protocol, refusal)
            : route.Protocol == CaptureProtocol.PostHogV1 ? CaptureAnswers.Results(state, _limits)
            : CaptureAnswers.Accepted(route.Protocol, state.Record.Rejected, firstRefused);
    }

    private Refusal? Decode(HttpContext http, CaptureRoute route, CaptureState state)
    {
        var request = http.Request;
        var query = request.QueryString.HasValue ? request.QueryString.Value.AsSpan(1) : default;
        var hint = BodyEncoding.None;
        var encoding = request.Headers.ContentEncoding;
        if (encoding.Count > 0)
        {
            hint = BodyDecoder.ParseEncoding(encoding.ToString());
        }

        if (!query.IsEmpty && route.Protocol == CaptureProtocol.PostHog)
        {
            ReadQuery(state, query, ref hint);
        }

        if (request.ContentType is { } type && type.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) &&
            !LooksLikeBody(state.Text) && !BodyDecoder.TakeFormData(state, ref hint))
        {
            return Refusal.Encoding("The form has no field named data.");
        }

        if (route.Protocol == CaptureProtocol.PostHogV1)
        {
            TakeBearerKey(request, state);
        }

        var refusal = BodyDecoder.Unwrap(state, hint, _limits, load);
        if (refusal is not null)
        {
            return refusal;
        }

        try
        {
            refusal = route.Protocol switch
            {
                CaptureProtocol.PostHog => PostHogDecoder.Decode(state, _limits, route.Engage),
                CaptureProtocol.PostHogV1 => PostHogV1Decoder.Decode(state, _limits),
                CaptureProtocol.Segment => SegmentDecoder.Decode(state, _limits, route.Call),
                _ => PlausibleDecoder.Decode(state, _limits),
            };
        }
        catch (JsonException e)
        {
            refusal = Refusal.Malformed(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"The body is not valid JSON, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."));
        }

        if (route.Protocol == CaptureProtocol.Segment && state.Key.IsAbsent)
        {
            TakeBasicKey(request, state);
        }

        return refusal;
    }

    /// <summary>Some senders label JSON or gzip as a form.</summary>
    private static bool LooksLikeBody(ReadOnlySpan<byte> text) => !text.IsEmpty && text[0] is (byte)'{' or (byte)'[' or 0x1f;

    private static void ReadQuery(CaptureState state, ReadOnlySpan<char> query, ref BodyEncoding hint)
    {
        foreach (var range in query.Split('&'))
        {
            var part = query[range];
            var equals = part.IndexOf('=');
            if (equals < 0)
            {
                continue;
            }

            var value = part[(equals + 1)..];
            switch (part[..equals])
            {
                case "compression" when !value.IsEmpty:
                    hint = BodyDecoder.ParseEncoding(value);
                    break;
                case "data" when !value.IsEmpty:
                    state.Body.Clear();
                    BodyDecoder.TakeQueryData(state, value);
                    break;
                case "_" or "sent_at":
                    // Milliseconds; old SDKs put seconds here, which say too little.
                    if (long.TryParse(value, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var millis) &&
                        millis is > 100_000_000_000 and < 100_000_000_000_000)
                    {
                        state.SentAt = millis * 1000;
                    }

                    break;
            }
        }
    }

    private static void TakeBearerKey(HttpRequest request, CaptureState state)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length is > 7 and <= 512 && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            state.Key = state.Keep(Encoding.UTF8.GetBytes(header[7..].Trim()));
        }

        Span<byte> sentAt = stackalloc byte[64];
        var timestamp = request.Headers["PostHog-Request-Timestamp"].ToString();
        if (timestamp.Length <= sentAt.Length && Ascii.FromUtf16(timestamp, sentAt, out var length) == OperationStatus.Done &&
            TimestampText.TryParse(sentAt[..length], out var micros))
        {
            state.SentAt = micros;
        }
    }

    private static void TakeBasicKey(HttpRequest request, CaptureState state)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length is <= 6 or > 512 || !header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        Span<byte> text = stackalloc byte[512];
        if (Convert.TryFromBase64Chars(header.AsSpan(6).Trim(), text, out var length))
        {
            text = text[..length];
            var colon = text.IndexOf((byte)':');
            var key = colon < 0 ? text : text[..colon];
            if (!key.IsEmpty)
            {
                state.Key = state.Keep(key);
            }
        }
    }

    private bool TryFind(CaptureState state, out ProjectInfo project) => projects.TryGetByWriteKey(state.Bytes(state.Key), out project);

    /// <summary>The refusal of a request whose project may be known; then it is counted in the ledger.</summary>
    private async ValueTask<CaptureAnswer> RefuseAsync(HttpContext http, CaptureRoute route, CaptureState state, Refusal refusal)
    {
        var events = Math.Max(1, state.EventCount + state.EventsOverLimit);
        if (!refusal.RetryHelps)
        {
            CaptureMetrics.Refused(route.Protocol, refusal.Reason, events);
            if (!state.Key.IsAbsent && refusal.Status != 401)
            {
                var found = Find(route, state);
                if (found is null)
                {
                    await projects.RefreshAsync(http.RequestAborted);
                    found = Find(route, state);
                }

                if (found is { } project)
                {
                    refusedEvents.Add(project, events);
                }
            }
        }

        return CaptureAnswers.Refused(route.Protocol, refusal);

        ProjectId? Find(CaptureRoute route, CaptureState state)
        {
            var key = state.Bytes(state.Key);
            return projects.TryGetByWriteKey(key, out var project) ||
                (route.Protocol == CaptureProtocol.Plausible && projects.TryGetByDomain(key, out project)) ? project.Id : null;
        }
    }

    private static void WriteRecord(HttpContext http, CaptureProtocol protocol, CaptureState state, ProjectId project, long now)
    {
        var record = state.Record;
        BeginRecord(http, state, project, now);
        foreach (ref var e in state.Events)
        {
            if (e.Fault != EventFault.None)
            {
                record.Reject(1);
                CaptureMetrics.Refused(protocol, EventFaults.Reason(e.Fault), 1);
                continue;
            }

            record.Add(new CanonicalEvent
            {
                Uuid = e.Uuid == Guid.Empty ? Uuids.New(now) : e.Uuid,
                Event = state.Bytes(e.Event),
                DistinctId = state.Bytes(e.DistinctId),
                Timestamp = Timestamp(protocol, state, in e, now),
                Properties = state.Bytes(e.Properties),
                Set = state.Bytes(e.Set),
                SetOnce = state.Bytes(e.SetOnce),
                Unset = state.Bytes(e.Unset),
            });
        }
    }

    private static long Timestamp(CaptureProtocol protocol, CaptureState state, in RawEvent e, long now) => e.TimestampKind switch
    {
        TimestampKind.Instant when protocol == CaptureProtocol.Segment => ClockSkew.Segment(now, state.SentAt, e.Timestamp),
        TimestampKind.Instant => ClockSkew.PostHog(now, e.IgnoreSentAt ? null : state.SentAt, e.Timestamp),
        TimestampKind.Age => ClockSkew.Offset(now, e.Timestamp),
        _ => now,
    };

    private static void BeginRecord(HttpContext http, CaptureState state, ProjectId project, long now)
    {
        Span<byte> ip = stackalloc byte[64];
        Span<byte> userAgent = stackalloc byte[MaxUserAgentChars * 3];
        var (ipLength, userAgentLength) = ReadClient(http, ip, userAgent);
        state.Record.Reset(project, now, ip[..ipLength], userAgent[..userAgentLength]);
    }

    private static (int Ip, int UserAgent) ReadClient(HttpContext http, Span<byte> ip, Span<byte> userAgent)
    {
        var ipLength = 0;
        if (http.Connection.RemoteIpAddress is { } address)
        {
            // An IPv4 client on a dual-stack socket is still an IPv4 client.
            (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).TryFormat(ip, out ipLength);
        }

        var header = http.Request.Headers.UserAgent;
        var text = header.Count == 0 ? default : header.ToString().AsSpan();
        text = text.Length > MaxUserAgentChars ? text[..MaxUserAgentChars] : text;
        return (ipLength, Encoding.UTF8.GetBytes(text, userAgent));
    }

    private async ValueTask<Refusal?> AppendAsync(CaptureProtocol protocol, CaptureState state, ProjectId project)
    {
        // Not cancelled with the client: the record is in the log's hands, and its memory must stay as it is until it answers.
        var result = await log.AppendAsync(state.Record.Finish(), CancellationToken.None);
        if (result.Status == LogAppendStatus.Durable)
        {
            if (Volatile.Read(ref _logDown) != 0 && Interlocked.Exchange(ref _logDown, 0) != 0)
            {
                clock.Logger.LogAvailable();
            }

            waiting.Add(project, state.Record.Count + state.Record.Rejected);
            CaptureMetrics.Accepted(protocol, state.Record.Count, state.Record.Length);
            return null;
        }

        if (result.Status == LogAppendStatus.TooLarge)
        {
            refusedEvents.Add(project, state.EventCount);
            return new Refusal(413, "over_limit", result.Reason ?? "The request is larger than one record of the event log may be.");
        }

        if (Interlocked.Exchange(ref _logDown, 1) == 0)
        {
            clock.Logger.LogUnavailable(result.Reason ?? "no reason given");
        }

        return Refusal.Busy("Events cannot be stored at present. Try again later.");
    }

    /// <summary>One record for each domain, since each may belong to another project and has its own visitor ids.</summary>
    private async ValueTask<CaptureAnswer> AppendVisitAsync(HttpContext http, CaptureState state, long now)
    {
        var list = state.Key;
        var taken = 0;
        var refreshed = false;
        for (var start = 0; start <= list.Length;)
        {
            var domain = NextDomain(state, list, ref start);
            if (domain.Length == 0)
            {
                continue;
            }

            var project = FindDomain(state, domain);
            if (project is null && !refreshed)
            {
                refreshed = true;
                await projects.RefreshAsync(http.RequestAborted);
                project = FindDomain(state, domain);
            }

            if (project is null)
            {
                continue;
            }

            WriteVisit(http, state, project.Id, domain, now);
            var refusal = await AppendAsync(CaptureProtocol.Plausible, state, project.Id);
            if (refusal is not null)
            {
                return CaptureAnswers.Refused(CaptureProtocol.Plausible, refusal);
            }

            taken++;
        }

        return taken > 0
            ? CaptureAnswers.Accepted(CaptureProtocol.Plausible, 0, null)
            : CaptureAnswers.Refused(CaptureProtocol.Plausible, UnknownDomain);
    }

    private static Slice NextDomain(CaptureState state, Slice list, ref int start)
    {
        var rest = state.Bytes(list)[start..];
        var comma = rest.IndexOf((byte)',');
        var length = comma < 0 ? rest.Length : comma;
        var from = start;
        start += length + 1;
        var domain = rest[..length];
        var trimmed = domain.TrimStart((byte)' ');
        return new Slice(list.Start + from + domain.Length - trimmed.Length, trimmed.TrimEnd((byte)' ').Length, list.InScratch);
    }

    private ProjectInfo? FindDomain(CaptureState state, Slice domain)
    {
        var name = state.Bytes(domain);
        return projects.TryGetByDomain(name, out var project) || projects.TryGetByWriteKey(name, out project) ? project : null;
    }

    private void WriteVisit(HttpContext http, CaptureState state, ProjectId project, Slice domain, long now)
    {
        Span<byte> ip = stackalloc byte[64];
        Span<byte> userAgent = stackalloc byte[MaxUserAgentChars * 3];
        var (ipLength, userAgentLength) = ReadClient(http, ip, userAgent);
        ip = ip[..ipLength];
        userAgent = userAgent[..userAgentLength];
        Span<byte> site = stackalloc byte[256];
        var name = state.Bytes(domain);
        Ascii.ToLower(name[..Math.Min(name.Length, site.Length)], site, out var siteLength);
        var (today, yesterday) = salts.Current;
        Span<byte> id = stackalloc byte[32];
        PlausibleDecoder.VisitorId(today.Span, ip, userAgent, site[..siteLength], id);
        Span<byte> previousId = stackalloc byte[32];
        if (yesterday.IsEmpty)
        {
            previousId = default;
        }
        else
        {
            PlausibleDecoder.VisitorId(yesterday.Span, ip, userAgent, site[..siteLength], previousId);
        }

        state.Record.Reset(project, now, ip, userAgent);
        ref readonly var e = ref state.Events[0];
        state.Record.Add(new CanonicalEvent
        {
            Uuid = Uuids.New(now),
            Event = state.Bytes(e.Event),
            DistinctId = id,
            PreviousDistinctId = previousId,
            Timestamp = now,
            Properties = state.Bytes(e.Properties),
        });
    }
}

/// <summary>What capture needs of its surroundings besides its ports.</summary>
internal sealed class CaptureClock(TimeProvider time, ILogger<Capture> logger)
{
    public TimeProvider Time => time;

    public ILogger Logger => logger;
}
