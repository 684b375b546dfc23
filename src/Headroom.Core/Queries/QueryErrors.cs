namespace Headroom.Core.Queries;

/// <summary>What is wrong with a query, each under the path of its field (series[0].property), all at once.</summary>
public sealed class QueryErrors
{
    private readonly Dictionary<string, List<string>> _errors = new(StringComparer.Ordinal);

    public bool Any => _errors.Count > 0;

    public void Add(string path, string message)
    {
        if (!_errors.TryGetValue(path, out var messages))
        {
            _errors.Add(path, messages = []);
        }

        messages.Add(message);
    }

    /// <summary>Adds what is wrong with a part of the document, each path with where the part stands in front.</summary>
    public void AddRange(string prefix, QueryErrors part)
    {
        foreach (var (path, messages) in part._errors)
        {
            foreach (var message in messages)
            {
                Add(prefix + path, message);
            }
        }
    }

    /// <summary>In the form of problem details.</summary>
    public Dictionary<string, string[]> ToDictionary() => _errors.ToDictionary(e => e.Key, e => e.Value.ToArray(), StringComparer.Ordinal);
}
