using Headroom.App.Shared;
using Headroom.Core;

namespace Headroom.App.Writing;

internal enum WriterProblem
{
    Unreadable,
    ColumnOverflow,
    PersonFull,
    MergeIdentified,
    MergeIllegalId,
    Count,
}

/// <summary>
/// What the Writer finds wrong with events, told once their batch counts: a batch that is begun again finds it again.
/// Not safe for concurrent use.
/// </summary>
internal sealed class WriterProblems(IngestionProblems problems, TimeProvider time)
{
    private readonly List<(ProjectId Project, WriterProblem Problem, ProblemExample Example)> _examples = [];

    public void Clear() => _examples.Clear();

    /// <summary>Whether an example of it is worth being made.</summary>
    public bool Find(ProjectRows project, WriterProblem problem, long count = 1)
    {
        project.Problems[(int)problem] += count;
        var (kind, reason) = Name(problem);

        // Of one batch as many as are taken of all between two takings.
        return _examples.Count < IngestionProblems.ExamplesAll && project.Problems[(int)problem] <= IngestionProblems.ExamplesEach && problems.Wants(project.Id, kind, reason);
    }

    public void Add(ProjectRows project, WriterProblem problem, int row, string? field, string wrong, string done, ReadOnlySpan<byte> json)
    {
        var rows = project.Rows;
        var library = TextOf(rows, row, "$lib"u8);
        var version = TextOf(rows, row, "$lib_version"u8);
        _examples.Add((project.Id, problem, new ProblemExample(
            time.GetUtcNow(), ProblemPiece.Text(rows.Text(rows.Event[row])), ProblemPiece.Text(rows.Text(rows.DistinctId[row])),
            library is null ? null : version is null ? library : $"{library} {version}", ProblemPiece.Text(field), wrong, done, ProblemPiece.Json(json))));
    }

    public void Committed(IReadOnlyList<ProjectRows> projects)
    {
        foreach (var project in projects)
        {
            if (project.Duplicates > 0)
            {
                problems.Add(project.Id, ProblemKind.Duplicate, "duplicate", project.Duplicates);
            }

            for (var i = 0; i < project.Problems.Length; i++)
            {
                if (project.Problems[i] > 0)
                {
                    var (kind, reason) = Name((WriterProblem)i);
                    problems.Add(project.Id, kind, reason, project.Problems[i]);
                }
            }
        }

        foreach (var (project, problem, example) in _examples)
        {
            var (kind, reason) = Name(problem);
            problems.Add(project, kind, reason, example);
        }

        _examples.Clear();
    }

    private static (ProblemKind Kind, string Reason) Name(WriterProblem problem) => problem switch
    {
        WriterProblem.Unreadable => (ProblemKind.Rejected, "unreadable"),
        WriterProblem.ColumnOverflow => (ProblemKind.Changed, "column_overflow"),
        WriterProblem.PersonFull => (ProblemKind.Changed, "person_full"),
        WriterProblem.MergeIdentified => (ProblemKind.Merge, "identified"),
        WriterProblem.MergeIllegalId => (ProblemKind.Merge, "illegal_id"),
        _ => throw new ArgumentOutOfRangeException(nameof(problem)),
    };

    private static string? TextOf(EventColumns rows, int row, ReadOnlySpan<byte> name)
    {
        foreach (var column in rows.Properties)
        {
            if (column.Kind == PropertyKind.Text && column.NameUtf8.AsSpan().SequenceEqual(name) && column.Rows.BinarySearch(row) is var at && at >= 0)
            {
                return ProblemPiece.Text(rows.Text(column.Texts[at]));
            }
        }

        return null;
    }
}
