namespace Headroom;

/// <summary>What the command line says of one run of the server.</summary>
/// <param name="DataDirectory">Where everything is kept; made when it is missing.</param>
/// <param name="Urls">Addresses to listen on, separated by semicolons.</param>
/// <param name="Roles">Empty for all.</param>
/// <param name="ConfigurationArguments">Further settings as --Headroom:Part:Name=value.</param>
/// <param name="Ready">Called once with the address when requests are answered.</param>
internal sealed record ServerSettings(
    string DataDirectory, string Urls, IReadOnlyList<string> Roles, string[] ConfigurationArguments, Func<IServiceProvider, string, CancellationToken, Task>? Ready = null);
