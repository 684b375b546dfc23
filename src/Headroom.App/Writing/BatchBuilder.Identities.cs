using Headroom.App.Shared;
using Headroom.App.Writing.Enrichment;
using Headroom.App.Writing.Identity;
using Headroom.Core;

namespace Headroom.App.Writing;

/// <summary>What events say of their persons, kept until the batch's persons are known.</summary>
internal sealed partial class BatchBuilder
{
    private readonly List<IdentityOperation> _operations = [];
    private byte[] _identityJson = new byte[4096];
    private int _identityLength;

    /// <summary>What an event says of its person: its number among those of the batch; −1 for nothing.</summary>
    private int Operation(
        ProjectRows project, int row, EventKind kind, Visitor visitor, ReadOnlySpan<byte> set, ReadOnlySpan<byte> setOnce, ReadOnlySpan<byte> unset)
    {
        var other = kind switch
        {
            EventKind.Identify => _facts.Text(KnownProperty.AnonDistinctId, project.Rows),
            EventKind.Alias or EventKind.MergeDangerously => _facts.Text(KnownProperty.Alias, project.Rows),
            _ => default,
        };
        if (!other.IsEmpty && (IllegalIds.Contains(other) || IllegalIds.Contains(visitor.Id)))
        {
            WritingMetrics.MergesRefused.Add(1, WritingMetrics.Reason("illegal_id"));
            TellRefusedMerge(
                project, WriterProblem.MergeIllegalId, row, kind, IllegalIds.Contains(other) ? other : visitor.Id, "is what senders put in place of an id that they do not have.");
            other = default;
        }

        if (other.SequenceEqual(visitor.Id))
        {
            other = default;
        }

        if (other.IsEmpty && set.IsEmpty && setOnce.IsEmpty && unset.IsEmpty)
        {
            return -1;
        }

        Visitor? otherVisitor = null;
        if (!other.IsEmpty)
        {
            otherVisitor = _visitors.GetOrAdd(project.Id, other);
            _persons.Ask(otherVisitor, _stamp);
        }

        var (setAt, setLength) = Keep(project, set);
        var (setOnceAt, setOnceLength) = Keep(project, setOnce);
        _operations.Add(new IdentityOperation(otherVisitor, kind, setAt, setLength, setOnceAt, setOnceLength, Keep(unset), unset.Length));
        return _operations.Count - 1;
    }

    private void TellRefusedMerge(ProjectRows project, WriterProblem problem, int row, EventKind kind, ReadOnlySpan<byte> id, string wrong)
    {
        if (_problems.Find(project, problem))
        {
            _problems.Add(
                project, problem, row, kind == EventKind.Identify ? "$anon_distinct_id" : "alias", $"\u201c{ProblemPiece.Text(id)}\u201d {wrong}",
                "The event is stored; the two ids stay apart.", default);
        }
    }

    /// <summary>Keeps a person's properties, without those that the project drops; returns where they are.</summary>
    private (int At, int Length) Keep(ProjectRows project, ReadOnlySpan<byte> properties)
    {
        var kept = properties.IsEmpty || project.Dropped is null ? properties : project.Dropped.Without(properties);
        return (Keep(kept), kept.Length);
    }

    /// <summary>Copies what must outlive its record until the batch is resolved; returns where it is.</summary>
    private int Keep(ReadOnlySpan<byte> json)
    {
        if (_identityJson.Length - _identityLength < json.Length)
        {
            Array.Resize(ref _identityJson, Math.Max(_identityJson.Length * 2, _identityLength + json.Length));
        }

        var start = _identityLength;
        json.CopyTo(_identityJson.AsSpan(start));
        _identityLength += json.Length;
        return start;
    }
}
