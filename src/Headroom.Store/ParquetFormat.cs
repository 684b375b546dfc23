using System.Globalization;
using ParquetSharp;

namespace Headroom.Store;

/// <summary>
/// The format of the store's Parquet files, kept in their footers: segments, files of merges and files of persons. A file
/// without it is of the first format. A format that old builds cannot read also raises the catalog's.
/// </summary>
internal static class ParquetFormat
{
    public const string Key = "headroom.format";

    private const int Newest = 1;

    /// <summary>What a new file's footer says.</summary>
    public static Dictionary<string, string> Footer(Dictionary<string, string>? more = null)
    {
        var footer = more ?? [];
        footer[Key] = Newest.ToString(CultureInfo.InvariantCulture);
        return footer;
    }

    /// <exception cref="InvalidDataException">The file is of a newer format.</exception>
    public static void RequireKnown(string path)
    {
        using var file = new ParquetFileReader(path);
        if (file.FileMetaData.KeyValueMetadata.TryGetValue(Key, out var format) && (!int.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > Newest))
        {
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"{path} has format {format}; this version of Headroom reads up to {Newest}. Start the newer version, or restore a backup made before the upgrade."));
        }
    }
}
