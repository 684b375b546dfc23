using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Headroom.App.Capacity;

/// <summary>
/// Two files of the data directory. capacity.json is the report as it is now, for headroom doctor, which must answer when the server does not.
/// calibration.json is what headroom calibrate found on this machine; a backup does not have it, because another machine is another one.
/// </summary>
internal sealed class CapacityFiles(string directory, ILogger<CapacityFiles> logger)
{
    public const string ReportName = "capacity.json";
    public const string CalibrationName = "calibration.json";
    private CalibrationReport? _calibration;
    private DateTime _calibrationWritten;

    public static CapacityFiles Of(IConfiguration configuration, ILogger<CapacityFiles> logger) =>
        new(configuration["Headroom:DataDirectory"] ?? "data", logger);

    public string Directory => directory;

    public void WriteReport(CapacityReport report) => Replace(directory, ReportName, JsonSerializer.SerializeToUtf8Bytes(report, CapacityJson.Default.CapacityReport));

    /// <summary>As last written, also by another process; null where there is none that can be read.</summary>
    public CalibrationReport? Calibration()
    {
        var path = Path.Combine(directory, CalibrationName);
        try
        {
            var written = File.GetLastWriteTimeUtc(path);
            if (written != _calibrationWritten)
            {
                _calibrationWritten = written;
                _calibration = File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), CapacityJson.Default.CalibrationReport) : null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            CapacityLog.NotRead(logger, CalibrationName, e.Message);
            _calibration = null;
        }

        return _calibration;
    }

    /// <summary>A reader sees the file before or the file after, never a part. It is not synced: what is lost is measured again.</summary>
    public static void Replace(string directory, string name, byte[] bytes)
    {
        var path = Path.Combine(directory, name);
        var next = path + ".next";
        File.WriteAllBytes(next, bytes);
        File.Move(next, path, overwrite: true);
    }
}
