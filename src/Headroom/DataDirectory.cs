namespace Headroom;

/// <summary>Where everything is kept: --data, else the setting Headroom:DataDirectory, else ./data.</summary>
internal static class DataDirectory
{
    /// <summary>In a directory that a restore has begun and not ended; nothing in it counts.</summary>
    public const string UnfinishedRestore = "restore.unfinished";

    /// <summary>
    /// What the settings say for who was not given --data, in the order that all settings have: argument, environment, file.
    /// Asked before there is a server, for commands without one, and for what must be found before it starts.
    /// </summary>
    /// <param name="folder">Of the settings files.</param>
    /// <param name="arguments">Settings as --Section:Key=value.</param>
    public static string Find(string folder, string[] arguments) => Setting(folder, arguments, "Headroom:DataDirectory") ?? "./data";

    /// <summary>Where the log of a data directory is.</summary>
    /// <param name="folder">Of the settings files.</param>
    public static string FindLog(string folder, string dataDirectory) => Setting(folder, [], "Headroom:Log:Directory") ?? Path.Combine(dataDirectory, "log");

    /// <exception cref="InvalidOperationException">Only a part of a backup was restored to the directory.</exception>
    public static void RequireWhole(string dataDirectory)
    {
        if (File.Exists(Path.Combine(dataDirectory, UnfinishedRestore)))
        {
            throw new InvalidOperationException(
                $"A restore to {dataDirectory} was interrupted, and a part of the data is missing. Empty the directory and run headroom restore again.");
        }
    }

    /// <summary>The settings as a server has them, for commands without one.</summary>
    /// <param name="folder">Of the settings files.</param>
    /// <param name="arguments">Settings as --Section:Key=value.</param>
    public static IConfigurationRoot Settings(string folder, params string[] arguments)
    {
        var surroundings = Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT") ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT") ?? Environments.Production;
        return new ConfigurationBuilder()
            .SetBasePath(folder)
            .AddJsonFile("appsettings.json", optional: true)
            .AddJsonFile($"appsettings.{surroundings}.json", optional: true)
            .AddEnvironmentVariables()
            .AddCommandLine(arguments)
            .Build();
    }

    private static string? Setting(string folder, string[] arguments, string key)
    {
        var found = Settings(folder, arguments)[key];
        return string.IsNullOrWhiteSpace(found) ? null : found;
    }
}
