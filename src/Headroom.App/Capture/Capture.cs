using System.Diagnostics;
using System.Globalization;
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
    IOptions<CaptureOptions> options, IEventLog log, IProjectDirectory projects, PlausibleVisits visits, WaitingEvents waiting,
    RefusedEvents refusedEvents, CaptureProblems problems, CaptureLoad load, CaptureClock clock)
{
    private static readonly Refusal UnknownKey = new(
        401, "key", "The project key is not known. It is shown in the project's settings.", "api_key");

    private static readonly Refusal UnknownDomain = new(
        401, "key", "is registered with no project. Add it in the project's settings.", "domain");

    private static readonly Refusal MissingKey = new(401, "key", "The request carries no project key.", "api_key");
    private readonly CaptureOptions _limits = options.Value;
    private readonly DefaultObjectPool<CaptureState> _states = new(new DefaultPooledObjectPolicy<CaptureState>(), Environment.ProcessorCount * 128);
    private readonly string _retryAfter = options.Value.RetryAfterSeconds.ToString(CultureInfo.InvariantCulture);
    private readonly AppendVerdict _verdict = new(load.Rate, clock);

    public async Task HandleAsync(HttpContext http, CaptureRoute route)
    {
        if (HttpMethods.IsOptions(http.Request.Method))
        {
            CaptureAnswers.Preflight(http);
            return;
        }

        if (http.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            // Capture measures itself, by protocol and outcome; the web server's own histogram would say the same once more.
            metrics.MetricsDisabled = true;
        }

        CaptureAnswers.AllowOrigin(http);
        var started = clock.Time.GetTimestamp();
        if (load.Enter(http, started) is { } full)
        {
            await AnswerAsync(http, route, CaptureAnswers.Full(route.Protocol, full), 0, started);
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
            answer = refusal is null ? await TakeAsync(http, route, state) : RefuseUnread(route, refusal);
        }
        catch (BadHttpRequestException e)
        {
            answer = RefuseUnread(route, e.StatusCode == 413
                ? Refusal.BodyTooLarge(_limits) : new Refusal(e.StatusCode, "malformed", "The request is not valid HTTP."));
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            CaptureMetrics.Request(route.Protocol, "aborted", bodyBytes, clock.Time.GetElapsedTime(started));
            return;
        }
        catch (Exception e)
        {
            using var trace = RequestTrace.Tell(http);
            clock.Logger.RequestFailed(e);
            answer = CaptureAnswers.Refused(route.Protocol, Refusal.Busy("error", "The request could not be taken. Try again later."));
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

    /// <summary>Of a body that was not read nobody knows whose it is.</summary>
    private CaptureAnswer RefuseUnread(CaptureRoute route, Refusal refusal)
    {
        if (!refusal.RetryHelps)
        {
            problems.OfNobody(refusal.Reason, 1);
        }

        return CaptureAnswers.Refused(route.Protocol, refusal);
    }

    private ValueTask AnswerAsync(HttpContext http, CaptureRoute route, in CaptureAnswer answer, int bodyBytes, long started)
    {
        CaptureMetrics.Request(route.Protocol, answer.Outcome, bodyBytes, clock.Time.GetElapsedTime(started));
        return CaptureAnswers.SendAsync(http, answer, _retryAfter);
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
        if (refusal is not null)
        {
            return await RefuseAsync(http, route, state, refusal);
        }

        if (route.Protocol == CaptureProtocol.Plausible)
        {
            return await TakeVisitAsync(http, state, now);
        }

        if (state.Key.IsAbsent)
        {
            problems.OfNobody("missing_key", state.EventCount);
            return CaptureAnswers.Refused(route.Protocol, MissingKey);
        }

        if (!TryFind(state, out var project))
        {
            await RefreshAsync(http, projects);
            if (!TryFind(state, out project))
            {
                problems.OfNobody("unknown_key", state.EventCount);
                return CaptureAnswers.Refused(route.Protocol, UnknownKey);
            }
        }

        Refusal? firstRefused = null;
        if (state.FirstFault >= 0)
        {
            firstRefused = EventFaults.Describe(state.Events[state.FirstFault].Fault, state.FirstFault, _limits);
        }

        WriteRecord(http, route.Protocol, state, project, now);
        if (state.Record.Count == 0)
        {
            problems.OfEvents(http, route.Protocol, state, project.Id, stored: false);
            refusedEvents.Add(project.Id, state.EventCount);
            return route.Protocol == CaptureProtocol.PostHogV1 ? CaptureAnswers.Results(state, _limits)
                : CaptureAnswers.Refused(route.Protocol, firstRefused ?? Refusal.Malformed("The batch is empty."));
        }

        // Not cancelled with the client: the record is in the log's hands, and its memory must stay as it is until it answers.
        var since = _verdict.Begin();
        try
        {
            var append = await log.AppendAsync(state.Record.Finish(), CancellationToken.None);
            refusal = _verdict.Of(http, append, since);
            Trace(append);
        }
        catch
        {
            _verdict.Failed(since);
            throw;
        }

        if (refusal is null)
        {
            problems.OfEvents(http, route.Protocol, state, project.Id, stored: true);
            waiting.Acknowledged(project.Id, state.EventCount);
            CaptureMetrics.Accepted(route.Protocol, state.Record.Count, state.Record.Length);
            return route.Protocol == CaptureProtocol.PostHogV1 ? CaptureAnswers.Results(state, _limits)
                : CaptureAnswers.Accepted(route.Protocol, state.Record.Rejected, firstRefused);
        }

        if (!refusal.RetryHelps)
        {
            refusedEvents.Add(project.Id, state.EventCount);
            problems.OfRequest(http, state, project.Id, refusal, state.EventCount);
        }
        else if (route.Protocol == CaptureProtocol.PostHogV1)
        {
            // The good ones come again; the others were told not to, so they are counted now.
            problems.OfEvents(http, route.Protocol, state, project.Id, stored: false);
            refusedEvents.Add(project.Id, state.Record.Rejected);
            return CaptureAnswers.Results(state, _limits, refusal);
        }

        return CaptureAnswers.Refused(route.Protocol, refusal);
    }

    /// <summary>
    /// A Plausible event has no id of its own by which a retry could be recognised, so all of its records are appended as
    /// one: either every site has it, or none has and the sender may come again.
    /// </summary>
    private async ValueTask<CaptureAnswer> TakeVisitAsync(HttpContext http, CaptureState state, long now)
    {
        var (sites, unknown) = await visits.FindAsync(http, state);
        if (unknown > 0)
        {
            CaptureMetrics.Refused(CaptureProtocol.Plausible, UnknownDomain.Reason, unknown);
            problems.OfNobody("unknown_domain", unknown);
        }

        if (sites.Count == 0)
        {
            return CaptureAnswers.Refused(CaptureProtocol.Plausible, UnknownDomain);
        }

        var records = new EventBatchWriter[sites.Count];
        try
        {
            var bytes = new ReadOnlyMemory<byte>[sites.Count];
            for (var i = 0; i < records.Length; i++)
            {
                records[i] = i == 0 ? state.Record : new EventBatchWriter();
                visits.Write(http, state, sites[i], records[i], now);
                bytes[i] = records[i].Finish();
                if (i > 0 && !load.TryCharge(state, bytes[i].Length))
                {
                    return CaptureAnswers.Refused(CaptureProtocol.Plausible, CaptureLoad.TooMuch);
                }
            }

            var since = _verdict.Begin();
            Refusal? refusal;
            try
            {
                var append = await log.AppendAllAsync(bytes, CancellationToken.None);
                refusal = _verdict.Of(http, append, since);
                Trace(append);
            }
            catch
            {
                _verdict.Failed(since);
                throw;
            }

            for (var i = 0; i < records.Length; i++)
            {
                if (refusal is null)
                {
                    waiting.Acknowledged(sites[i].Project, 1);
                    CaptureMetrics.Accepted(CaptureProtocol.Plausible, 1, bytes[i].Length);
                }
                else if (!refusal.RetryHelps)
                {
                    refusedEvents.Add(sites[i].Project, 1);
                    problems.OfRequest(http, state, sites[i].Project, refusal, 1);
                }
            }

            return refusal is null ? CaptureAnswers.VisitAccepted(unknown) : CaptureAnswers.Refused(CaptureProtocol.Plausible, refusal);
        }
        finally
        {
            for (var i = 1; i < records.Length; i++)
            {
                records[i]?.Dispose();
            }
        }
    }

    /// <summary>Reads keys and domains again for one that is not known. Where that fails it is logged.</summary>
    internal static async ValueTask RefreshAsync(HttpContext http, IProjectDirectory projects)
    {
        using var trace = RequestTrace.Tell(http);
        await projects.RefreshAsync(http.RequestAborted);
    }

    /// <summary>Where the request's events are found in the log, for the traces of what becomes of them.</summary>
    private void Trace(in LogAppend append)
    {
        if (Telemetry.Source.HasListeners() && append.Status == LogAppendStatus.Durable && log.Opened.Partitions == 1 && !waiting.CountsWhatIsRead && Activity.Current is { } span)
        {
            waiting.Traces.Add(append.Offset, span);
        }
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

        var inQuery = !query.IsEmpty && route.Protocol == CaptureProtocol.PostHog && CaptureRequest.ReadQuery(state, query, ref hint);
        if (!inQuery && request.ContentType is { } type && type.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) &&
            !LooksLikeBody(state.Text) && BodyDecoder.TakeFormData(state, ref hint, load) is { } formRefusal)
        {
            return formRefusal;
        }

        if (route.Protocol == CaptureProtocol.PostHogV1)
        {
            CaptureRequest.TakeBearerKey(request, state);
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
            state.ForgetEvents();
            refusal = Refusal.Malformed(string.Create(CultureInfo.InvariantCulture,
                $"The body is not valid JSON, at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."));
        }

        if (route.Protocol == CaptureProtocol.Segment && state.Key.IsAbsent)
        {
            CaptureRequest.TakeBasicKey(request, state);
        }

        return refusal;
    }

    /// <summary>Some senders label JSON or gzip as a form.</summary>
    private static bool LooksLikeBody(ReadOnlySpan<byte> text) => !text.IsEmpty && text[0] is (byte)'{' or (byte)'[' or 0x1f;

    private bool TryFind(CaptureState state, out ProjectInfo project) => projects.TryGetByWriteKey(state.Bytes(state.Key), out project);

    /// <summary>
    /// The refusal of a request as a whole. The ledger counts its events where both they and their project are known, which
    /// is not so for a body that could not be read.
    /// </summary>
    private async ValueTask<CaptureAnswer> RefuseAsync(HttpContext http, CaptureRoute route, CaptureState state, Refusal refusal)
    {
        if (!refusal.RetryHelps)
        {
            var events = state.EventsSeen;
            if (events > 0)
            {
                CaptureMetrics.Refused(route.Protocol, refusal.Reason, events);
            }

            var senders = await SendersAsync(http, route, state);
            foreach (var project in senders)
            {
                if (events > 0 && refusal.Status != 401)
                {
                    refusedEvents.Add(project, events);
                }

                problems.OfRequest(http, state, project, refusal, events);
            }

            if (senders.Count == 0)
            {
                problems.OfNobody(refusal.Reason, events);
            }
        }

        return CaptureAnswers.Refused(route.Protocol, refusal);
    }

    /// <summary>The projects that a refused request is of, as far as that can be said.</summary>
    private async ValueTask<IReadOnlyList<ProjectId>> SendersAsync(HttpContext http, CaptureRoute route, CaptureState state)
    {
        if (route.Protocol == CaptureProtocol.Plausible)
        {
            return state.Key.IsAbsent ? [] : [.. (await visits.FindAsync(http, state)).Sites.Select(static site => site.Project)];
        }

        if (state.Key.IsAbsent)
        {
            return CaptureRequest.FindKey(state, projects) is { } named ? [named] : [];
        }

        if (!TryFind(state, out var project))
        {
            await RefreshAsync(http, projects);
            if (!TryFind(state, out project))
            {
                return [];
            }
        }

        return [project.Id];
    }

    private void WriteRecord(HttpContext http, CaptureProtocol protocol, CaptureState state, ProjectInfo project, long now)
    {
        Span<byte> ip = stackalloc byte[CaptureRequest.MaxIpBytes];
        Span<byte> userAgent = stackalloc byte[CaptureRequest.MaxUserAgentBytes];
        var (ipLength, userAgentLength) = CaptureRequest.ReadClient(http, ip, userAgent);
        ip = ip[..ipLength];
        userAgent = userAgent[..userAgentLength];
        FindTimes(protocol, state, now);
        var cookieless = new CookielessEvents(state, project, clock.Salts, ip, userAgent);
        foreach (ref var e in state.Events)
        {
            if (e.Fault == EventFault.None)
            {
                cookieless.Take(ref e);
            }
        }

        state.Record.Reset(project.Id, now, ip, userAgent);
        AddEvents(state, now);
    }

    /// <summary>The time by which each of the decoded events is stored.</summary>
    internal static void FindTimes(CaptureProtocol protocol, CaptureState state, long now)
    {
        foreach (ref var e in state.Events)
        {
            if (e.Fault == EventFault.None)
            {
                e.StoredTimestamp = Timestamp(protocol, state, ref e, now);
            }
        }
    }

    /// <summary>The decoded events into the record that is begun; those at fault are counted in it.</summary>
    internal static void AddEvents(CaptureState state, long now)
    {
        var record = state.Record;
        foreach (ref var e in state.Events)
        {
            if (e.Fault != EventFault.None)
            {
                record.Reject(1);
                continue;
            }

            record.Add(new CanonicalEvent
            {
                Uuid = e.Uuid == Guid.Empty ? Uuids.New(now) : e.Uuid,
                Event = state.Bytes(e.Event),
                DistinctId = state.Bytes(e.DistinctId),
                PreviousDistinctId = state.Bytes(e.PreviousDistinctId),
                Timestamp = e.StoredTimestamp,
                Properties = state.Bytes(e.Properties),
                Set = state.Bytes(e.Set),
                SetOnce = state.Bytes(e.SetOnce),
                Unset = state.Bytes(e.Unset),
            });
        }
    }

    private static long Timestamp(CaptureProtocol protocol, CaptureState state, ref RawEvent e, long now)
    {
        if (e.TimestampKind != TimestampKind.Instant)
        {
            return e.TimestampKind == TimestampKind.Age ? ClockSkew.Offset(now, e.Timestamp) : now;
        }

        var stored = protocol == CaptureProtocol.Segment
            ? ClockSkew.Segment(now, state.SentAt, e.Timestamp, out var future)
            : ClockSkew.PostHog(now, e.IgnoreSentAt ? null : state.SentAt, e.Timestamp, out future);
        if (future || Math.Abs(stored - e.Timestamp) > CaptureProblems.WorthTelling)
        {
            e.Notes |= future ? EventNotes.TimestampFuture : EventNotes.ClockCorrected;
            state.HasNotes = true;
        }

        return stored;
    }
}

/// <summary>What capture needs of its surroundings besides its ports.</summary>
internal sealed class CaptureClock(TimeProvider time, IVisitorSalts salts, ILogger<Capture> logger)
{
    public TimeProvider Time => time;

    public IVisitorSalts Salts => salts;

    public ILogger Logger => logger;
}
