using System.Collections.Immutable;
using Headroom.Core;

namespace Headroom.Store;

/// <summary>The files of persons: those that come with a batch, and those that a start makes where there are none.</summary>
internal sealed partial class SegmentStore
{
    private const int PersonsOfARestoredFile = 50_000;

    private void WritePersons(StoreBatch batch, Commitment commitment, NewFiles files)
    {
        var changed = new Dictionary<ProjectId, SortedDictionary<long, Person?>>();
        foreach (var (project, person) in batch.Identities.Persons)
        {
            Of(project)[person.Key] = person;
        }

        foreach (var merge in commitment.Merges)
        {
            Of(merge.Project)[merge.FromKey] = null;
        }

        foreach (var (project, persons) in changed)
        {
            var (file, columns) = WritePersons(files, project, [.. persons.Select(static p => new PersonRow(p.Key, p.Value))], State.Project(project).PersonColumnKeys);
            commitment.PersonFiles.Add(file with { Columns = commitment.PersonColumnIds(project, columns) });
        }

        SortedDictionary<long, Person?> Of(ProjectId project)
        {
            if (!changed.TryGetValue(project, out var own))
            {
                changed[project] = own = [];
            }

            return own;
        }
    }

    private (NewPersonFile File, IReadOnlyList<PropertyColumn> Columns) WritePersons(
        NewFiles files, ProjectId project, List<PersonRow> persons, IReadOnlySet<PropertyColumnKey> known)
    {
        var id = NextFileId();
        var path = Catalog.PersonPath(Files, project, id);
        var temporary = files.Begin(path);
        _personWriter.Write(temporary, id, persons, known);
        var (bytes, checksum) = files.Seal(temporary, path);
        return (new NewPersonFile(id, project, 0, persons.Count, bytes, checksum, [], path), _personWriter.Columns);
    }

    /// <summary>
    /// The catalog may be of a version without files of persons, and a file may be gone; what they say is in the catalog.
    /// </summary>
    private void RestorePersons()
    {
        foreach (var project in _state.Projects.Values)
        {
            if (project.Persons.IsEmpty ? _catalog.PersonsAfter(project.Project, 0, 1).Count > 0 : Files.Cache is null && project.Persons.Any(static f => !File.Exists(f.File.Path)))
            {
                RestorePersons(project);
            }
        }
    }

    private void RestorePersons(ProjectState project)
    {
        var files = new NewFiles(Files);
        var (columns, keys) = (project.PersonColumns, project.PersonColumnKeys);
        var fresh = new List<NewColumn>();
        var made = new List<NewPersonFile>();
        long last = 0;
        while (_catalog.PersonsAfter(project.Project, last, PersonsOfARestoredFile) is { Count: > 0 } persons)
        {
            last = persons[^1].Key;
            var (file, used) = WritePersons(files, project.Project, persons.ConvertAll(static p => new PersonRow(p.Key, p)), keys);
            var added = new List<NewColumn>();
            made.Add(file with { Columns = Commitment.ColumnIds(project.Project, used, columns, added) });
            fresh.AddRange(added);
            columns = columns.AddRange(added.ConvertAll(static c => KeyValuePair.Create(c.Key, c.Id)));
            keys = keys.Union(added.ConvertAll(static c => c.Key));
        }

        files.Put(CancellationToken.None);
        Change(
            catalog =>
            {
                foreach (var file in project.Persons)
                {
                    catalog.RemovePersons(file.Id);
                }

                foreach (var column in fresh)
                {
                    catalog.AddPersonColumn(column);
                }

                foreach (var file in made)
                {
                    catalog.AddPersons(file);
                }
            },
            current => current with
            {
                Projects = current.Projects.SetItem(project.Project, current.Project(project.Project) with
                {
                    Persons = [.. made.Select(f => new PersonFile(f.Id, f.Project, f.Level, f.Rows, f.Columns, new SharedFile(f.Path, Files)))],
                    PersonColumns = columns,
                    PersonColumnKeys = keys,
                }),
            });
        foreach (var file in project.Persons)
        {
            file.File.Release();
        }

        long rows = 0;
        foreach (var file in made)
        {
            rows += file.Rows;
        }

        LogPersonsRestored(_logger, project.Project, rows);
    }
}
