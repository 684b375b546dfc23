using Headroom.App.Access;
using Headroom.App.Moving;
using Headroom.App.Projects;
using Headroom.Core;

namespace Headroom.Cli;

/// <summary>The control data of a data directory, opened for one command; a server may run on the same directory.</summary>
internal sealed class ControlData : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private ControlData(ServiceProvider services) => _services = services;

    public ProjectCatalog Projects => _services.GetRequiredService<ProjectCatalog>();

    public Members Members => _services.GetRequiredService<Members>();

    public Accounts Accounts => _services.GetRequiredService<Accounts>();

    public static ControlData Open(string dataDirectory)
    {
        DataDirectory.RequireWhole(dataDirectory);
        MoveMarks.RequireNotMoved(dataDirectory);

        // Settings from the files and the environment hold for the command line as they do for the server; the directory is the
        // option's, and a command does not wait for a database that is away.
        var configuration = new ConfigurationBuilder()
            .AddConfiguration(DataDirectory.Settings(AppContext.BaseDirectory, []))
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Headroom:DataDirectory"] = dataDirectory, ["Headroom:Postgres:StartWaitSeconds"] = "0" })
            .Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddProjects(configuration);
        services.AddAccess(configuration);
        return new ControlData(services.BuildServiceProvider());
    }

    /// <summary>The number of the account that signs in with an e-mail.</summary>
    public async Task<int> FindPersonAsync(string email, CancellationToken cancellationToken) =>
        await FindAccountAsync(email, cancellationToken) is { } account
            ? int.Parse(account.Id, System.Globalization.CultureInfo.InvariantCulture)
            : throw new CommandFailedException("There is no user with this e-mail; headroom user list shows all.");

    public async Task<AccountDetails?> FindAccountAsync(string email, CancellationToken cancellationToken) =>
        (await Accounts.ListAsync(cancellationToken)).FirstOrDefault(u => string.Equals(u.Email, email.Trim(), StringComparison.OrdinalIgnoreCase));

    /// <summary>By id or, where only one has it, by name.</summary>
    public async Task<ProjectDetails> FindProjectAsync(string idOrName, CancellationToken cancellationToken)
    {
        var all = await Projects.ListAsync(cancellationToken);
        var found = all.Where(p => p.Id == idOrName).ToList();
        if (found.Count == 0)
        {
            found = [.. all.Where(p => string.Equals(p.Name, idOrName, StringComparison.OrdinalIgnoreCase))];
        }

        return found.Count switch
        {
            1 => found[0],
            0 => throw new CommandFailedException($"There is no project \"{idOrName}\"; headroom project list shows all."),
            _ => throw new CommandFailedException($"{found.Count} projects are named \"{idOrName}\"; give the id."),
        };
    }

    public async Task<string> WriteKeyAsync(ProjectDetails project, CancellationToken cancellationToken) =>
        (await Projects.ListKeysAsync(IdOf(project), cancellationToken)).FirstOrDefault(static k => k.Key is not null)?.Key ??
        throw new CommandFailedException($"Project {project.Id} has no write key; make one with headroom project keys {project.Id} --add write.");

    /// <summary>Makes a read key for as long as the command runs; the caller deletes it.</summary>
    public async Task<CreatedKey> LendReadKeyAsync(ProjectDetails project, string purpose, CancellationToken cancellationToken) =>
        Require(await Projects.CreateKeyAsync(IdOf(project), new NewKey("read", purpose), cancellationToken));

    public Task ReturnKeyAsync(ProjectDetails project, CreatedKey key) =>
        Projects.DeleteKeyAsync(IdOf(project), int.Parse(key.Id, System.Globalization.CultureInfo.InvariantCulture), CancellationToken.None);

    public static ProjectId IdOf(ProjectDetails project) =>
        ProjectId.TryParse(project.Id, out var id) ? id : throw new InvalidOperationException("A stored project has a valid id.");

    public static T Require<T>(ProjectResult<T> result)
        where T : class => result.Value ?? throw new CommandFailedException(result.Refusal switch
        {
            ProjectRefusal.Invalid invalid => string.Join(' ', invalid.Errors.SelectMany(static e => e.Value.Select(text => $"{e.Key}: {text}"))),
            ProjectRefusal.Conflict conflict => conflict.Reason,
            _ => "There is no such project or key.",
        });

    public static void Require(MemberRefusal? refusal)
    {
        if (refusal is not null)
        {
            throw new CommandFailedException(refusal switch
            {
                MemberRefusal.Invalid invalid => string.Join(' ', invalid.Errors.SelectMany(static e => e.Value.Select(text => $"{e.Key}: {text}"))),
                MemberRefusal.Conflict conflict => conflict.Reason,
                MemberRefusal.Forbidden forbidden => forbidden.Reason,
                _ => "The project has no such member; headroom user list shows all.",
            });
        }
    }

    public static Account Require(AccountResult result) => result switch
    {
        AccountResult.Done done => done.Account,
        AccountResult.Invalid invalid => throw new CommandFailedException(
            string.Join(' ', invalid.Errors.SelectMany(static e => e.Value.Select(text => $"{e.Key}: {text}")))),
        AccountResult.Conflict conflict => throw new CommandFailedException(conflict.Reason),
        _ => throw new CommandFailedException("There is no user with this e-mail; headroom user list shows all."),
    };

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
