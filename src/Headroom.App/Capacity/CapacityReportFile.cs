using System.Text.Json;

namespace Headroom.App.Capacity;

/// <summary>What the server says of its capacity, for other processes: the file that it keeps in its data directory, and what its API answers.</summary>
public static class CapacityReportFile
{
    /// <summary>Null where the directory has none: the server never ran here, or measures nothing.</summary>
    public static CapacityReport? Read(string directory)
    {
        var path = Path.Combine(directory, CapacityFiles.ReportName);
        return File.Exists(path) ? Parse(File.ReadAllBytes(path)) : null;
    }

    /// <summary>Throws InvalidDataException where it is no report.</summary>
    public static CapacityReport Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, CapacityJson.Default.CapacityReport) ?? throw new InvalidDataException("What was read is no capacity report.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"What was read is no capacity report: {e.Message}", e);
        }
    }

    public static void WriteCalibration(string directory, CalibrationReport calibration) =>
        CapacityFiles.Replace(directory, CapacityFiles.CalibrationName, JsonSerializer.SerializeToUtf8Bytes(calibration, CapacityJson.Default.CalibrationReport));

    /// <summary>In words, as in "the Writer's thread".</summary>
    public static string Words(string resource) => CapacityReports.Words(resource);
}
