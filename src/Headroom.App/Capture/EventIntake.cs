using System.Text.Json;
using Headroom.App.Shared;
using Headroom.Core;
using Microsoft.Extensions.ObjectPool;
using Microsoft.Extensions.Options;

namespace Headroom.App.Capture;

/// <summary>What is imported goes the way of a batch of PostHog's, without a request of its own.</summary>
internal sealed class EventIntake(
    IOptions<CaptureOptions> options, IEventLog log, WaitingEvents waiting, RefusedEvents refusedEvents, CaptureProblems problems, CaptureLoad load, TimeProvider time)
    : IEventIntake
{
    private readonly CaptureOptions _limits = options.Value;
    private readonly DefaultObjectPool<CaptureState> _states = new(new DefaultPooledObjectPolicy<CaptureState>(), 8);

    public int MostEvents => _limits.MaxEventsPerRequest;

    public async ValueTask<IntakeAnswer> TakeAsync(ProjectId project, ReadOnlyMemory<byte> events)
    {
        var state = _states.Get();
        try
        {
            state.Body.Write(events.Span);
            return Decode(state) is { } malformed ? RefuseAll(project, state, malformed) : await AppendAsync(project, state);
        }
        finally
        {
            state.Reset();
            _states.Return(state);
        }
    }

    private Refusal? Decode(CaptureState state)
    {
        state.AnyKey = true;
        if (BodyDecoder.Unwrap(state, BodyEncoding.None, _limits, load) is { } refusal)
        {
            return refusal;
        }

        try
        {
            if (PostHogDecoder.Decode(state, _limits, engage: false) is { } wrong)
            {
                return wrong;
            }
        }
        catch (JsonException e)
        {
            return Refusal.Malformed(e.Message);
        }

        for (var i = 0; i < state.EventCount; i++)
        {
            if (state.Events[i] is { Fault: EventFault.None, TimestampKind: not TimestampKind.Instant })
            {
                state.Refuse(i, EventFault.TimestampUnreadable);
            }
        }

        return null;
    }

    private async ValueTask<IntakeAnswer> AppendAsync(ProjectId project, CaptureState state)
    {
        var now = UnixMicros.From(time.GetUtcNow());
        state.Record.Reset(project, now, default, default);
        Capture.FindTimes(CaptureProtocol.Import, state, now);
        Capture.AddEvents(state, now);
        var bytes = state.Record.Finish();
        if (state.Record.Count > 0)
        {
            var result = await log.AppendAsync(bytes, CancellationToken.None);
            if (result.Status == LogAppendStatus.TooLarge)
            {
                return RefuseAll(project, state, new Refusal(413, "over_limit", result.Reason ?? "They are larger than one record of the event log may be."));
            }

            if (result.Status == LogAppendStatus.Unavailable)
            {
                return new IntakeAnswer(0, [], result.Reason ?? "The event log takes nothing at present.", 0, 0);
            }

            waiting.Acknowledged(project, state.EventCount);
            CaptureMetrics.Accepted(CaptureProtocol.Import, state.Record.Count, bytes.Length);
        }
        else
        {
            refusedEvents.Add(project, state.EventCount);
        }

        problems.OfEvents(null, CaptureProtocol.Import, state, project, stored: state.Record.Count > 0);
        return Answer(state);
    }

    private IntakeAnswer Answer(CaptureState state)
    {
        var refused = new List<IntakeRefusal>();
        long first = long.MaxValue, last = long.MinValue;
        for (var i = 0; i < state.EventCount; i++)
        {
            ref readonly var e = ref state.Events[i];
            if (e.Fault == EventFault.None)
            {
                first = Math.Min(first, e.StoredTimestamp);
                last = Math.Max(last, e.StoredTimestamp);
            }
            else
            {
                refused.Add(new IntakeRefusal(i, EventFaults.Describe(e.Fault, "Not taken: ", _limits).Detail));
            }
        }

        var taken = state.EventCount - refused.Count;
        return taken == 0 ? new IntakeAnswer(0, refused, null, 0, 0) : new IntakeAnswer(taken, refused, null, first, last);
    }

    private IntakeAnswer RefuseAll(ProjectId project, CaptureState state, Refusal refusal)
    {
        var events = state.EventsSeen;
        refusedEvents.Add(project, events);
        CaptureMetrics.Refused(CaptureProtocol.Import, refusal.Reason, events);
        problems.OfRequest(null, state, project, refusal, events);
        return new IntakeAnswer(0, [.. Enumerable.Range(0, events).Select(i => new IntakeRefusal(i, refusal.Detail))], null, 0, 0);
    }
}
