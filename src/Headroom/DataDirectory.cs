namespace Headroom;

/// <summary>Where everything is kept: --data, else the setting Headroom:DataDirectory, else ./data.</summary>
internal static class DataDirectory
{
    /// <summary>
    /// What the settings say for who was not given --data, in the order that all settings have: argument, environment, file.
    /// Asked before there is a server, for commands without one, and for what must be found before it starts.
    /// </summary>
    /// <param name="folder">Of the settings files.</param>
    /// <param name="arguments">Settings as --Section:Key=value.</param>
    public static string Find(string folder, string[] arguments)
    {
        var surroundings = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Production;
        var found = new ConfigurationBuilder()
            .SetBasePath(folder)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{surroundings}.json", optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine(arguments)
            .Build()["Headroom:DataDirectory"];
        return string.IsNullOrWhiteSpace(found) ? "./data" : found;
    }
}
