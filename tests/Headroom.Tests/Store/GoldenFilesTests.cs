using Headroom.Core;
using Headroom.Store;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Headroom.Tests.Store;

/// <summary>Files written by the build that introduced each format, read by the code of now.</summary>
public sealed class GoldenFilesTests
{
    private const string SegmentBytes =
        "UEFSMRUAFWAVRCwVBhUAFQYVBgAA+wUAAAACEjRKvIABAgMEBQYHAAAAAxAAEwEQAFADBAUGBxUEFR4VIkwVBBUAEgAA8AADAAAAYnV5BAAAAHZpZXcVABUG" +
        "FQgsFQYVEBUGFQYAADABAwYVBBUiFSZMFQQVABIAAPACBwAAAGdyw7bDn2UCAAAAdTEVABUGFQgsFQYVEBUGFQYAADABAwYVBBUgFRxMFQQVABIAACICAAEA" +
        "gAEAAAAAAAAAFQAVBhUILBUGFRAVBhUGAAAwAQMGFQQVDBUOTBUCFQASAABgAgAAAHMxFQAVEhUULBUGFRAVBhUGAACQAgAAAAMGAQQAFQAViAMVTCwVBhUK" +
        "FQYVBgAA8QOAAgQDgNLEvv+ssAb/kfQBFgABADGwcQsIAA8CAI1QAAAAAAAVABUiFSYsFQYVChUGFQYAAPACgAIEA4DA0Lz/rLAGAAAAAAAVABUOFRAsFQYV" +
        "ABUGFQYAAHACAAAAAwQBFQQVDhUQTBUCFQASAABwAwAAAFsxXRUAFRIVFCwVBhUQFQYVBgAAkAIAAAADAQECABUEFRAVEkwVAhUAEgAAgAAAAAAAAARAFQAV" +
        "EhUULBUGFRAVBhUGAACQAgAAAAMEAQIAFQQVDhUQTBUCFQASAABwAwAAAFBSTxUAFRIVFCwVBhUQFQYVBgAAkAIAAAADAQECABUEFQ4VEEwVAhUAEgAAcAMA" +
        "AABwcm8VABUSFRQsFQYVEBUGFQYAAJACAAAAAwQBAgAZEQIZGANidXkZGAR2aWV3FQIZFgAAGRECGRgHZ3LDtsOfZRkYAnUxFQIZFgAAGRECGRgIAQAAAAAA" +
        "AAAZGAgCAAAAAAAAABUCGRYAABkRAhkYAnMxGRgCczEVAhkWAikmAgQAGRECGRgIABDK+7NgBgAZGAiAlOj7s2AGABUCGRYAABkRAhkYCAAQyvuzYAYAGRgI" +
        "ABDK+7NgBgAVAhkWAAAZEQIZGAEBGRgBARUCGRYEKSYEAgAZEQIZGANbMV0ZGANbMV0VAhkWBCkmBAIAGRECGRgIAAAAAAAABEAZGAgAAAAAAAAEQBUCGRYE" +
        "KSYEAgAZEQIZGANQUk8ZGANQUk8VAhkWBCkmBAIAGRECGRgDcHJvGRgDcHJvFQIZFgQpJgQCABkcFggVZhYAAAAZHBasARUqFgAAGRYWABkcFpgCFSoWAAAZ" +
        "FhYAGRwW+gIVKhYAAAAZHBbOAxU2FgAAGRYIABkcFoQEFXAWAAAAGRwW9AQVSBYAAAAZHBa8BRUyFgAAABkcFpoGFTYWAAAZFgYAGRwW/gYVNhYAAAAZHBbg" +
        "BxU2FgAAGRYGABkcFsIIFTYWAAAZFgYAFQQZ3DUAGAdzZWdtZW50FRgAFQ4VIBUAGAR1dWlkbOwAAAAVDCUAGAVldmVudCUATBwAAAAVDCUAGAtkaXN0aW5j" +
        "dF9pZCUATBwAAAAVBCUAGApwZXJzb25fa2V5ABUMJQIYCnNlc3Npb25faWQlAEwcAAAAFQQlABgJdGltZXN0YW1wbIwSHCwAAAAAABUEJQAYC3JlY2VpdmVk" +
        "X2F0bIwSHCwAAAAAABUAJQIYBGI6b2sAFQwlAhgHajppdGVtcyUATBwAAAAVCiUCGAduOnByaWNlABUMJQIYB3Q6XnBsYW4lAEwcAAAAFQwlAhgGdDpwbGFu" +
        "JQBMHAAAABYGGRwZzCYAHBUOGSUGABkYBHV1aWQVDhYGFoIBFmYmCEkcFQAVABUCAAAWwg0VFAAmABwVDBk1AAYQGRgFZXZlbnQVDhYGFmIWaCasASZuHDYA" +
        "KAR2aWV3GANidXkREQAZLBUEFQAVAgAVABUQFQIAPBYWGQYZBgAAFtYNFRwW+AgVLAAmABwVDBk1AAYQGRgLZGlzdGluY3RfaWQVDhYGFmYWbCaYAibWARw2" +
        "ACgCdTEYB2dyw7bDn2UREQAZLBUEFQAVAgAVABUQFQIAPBYWGQYZBgAAFvINFRwWpAkVMAAmABwVBBk1AAYQGRgKcGVyc29uX2tleRUOFgYWZBZiJvoCJsIC" +
        "HBgIAgAAAAAAAAAYCAEAAAAAAAAAFgAoCAIAAAAAAAAAGAgBAAAAAAAAABERABksFQQVABUCABUAFRAVAgAAFo4OFRYW1AkVPgAmABwVDBk1AAYQGRgKc2Vz" +
        "c2lvbl9pZBUOFgYWXBZgJs4DJqQDHDYCKAJzMRgCczEREQAZLBUEFQAVAgAVABUQFQIAPBYIGQYZJgIEAAAWpA4VHBaSChUuACYAHBUEGSUGChkYCXRpbWVz" +
        "dGFtcBUOFgYWrAMWcCaEBDwYCICU6PuzYAYAGAgAEMr7s2AGABYAKAiAlOj7s2AGABgIABDK+7NgBgAREQAZHBUAFQoVAgAAFsAOFRYWwAoVPgAmABwVBBkl" +
        "BgoZGAtyZWNlaXZlZF9hdBUOFgYWRBZIJvQEPBgIABDK+7NgBgAYCAAQyvuzYAYAFgAoCAAQyvuzYAYAGAgAEMr7s2AGABERABkcFQAVChUCAAAW1g4VFhb+" +
        "ChU+ACYAHBUAGSUGABkYBGI6b2sVDhYGFjAWMia8BTwYAQEYAQEWBCgBARgBARERABkcFQAVABUCADwpBhkmBAIAABbsDhUWFrwLFSoAJgAcFQwZNQAGEBkY" +
        "B2o6aXRlbXMVDhYGFl4WYiaaBibuBRw2BCgDWzFdGANbMV0REQAZLBUEFQAVAgAVABUQFQIAPBYGGQYZJgQCAAAWgg8VHBbmCxUyACYAHBUKGTUABhAZGAdu" +
        "OnByaWNlFQ4WBhZgFmQm/gYm0AYcGAgAAAAAAAAEQBgIAAAAAAAABEAWBCgIAAAAAAAABEAYCAAAAAAAAARAEREAGSwVBBUAFQIAFQAVEBUCADwpBhkmBAIA" +
        "ABaeDxUWFpgMFUYAJgAcFQwZNQAGEBkYB3Q6XnBsYW4VDhYGFl4WYibgBya0Bxw2BCgDUFJPGANQUk8REQAZLBUEFQAVAgAVABUQFQIAPBYGGQYZJgQCAAAW" +
        "tA8VHBbeDBUyACYAHBUMGTUABhAZGAZ0OnBsYW4VDhYGFl4WYibCCCaWCBw2BCgDcHJvGANwcm8REQAZLBUEFQAVAgAVABUQFQIAPBYGGQYZJgQCAAAW0A8V" +
        "HBaQDRUyABakCxYGJggW8AgAKAhIZWFkcm9vbRnMHAAAHAAAHAAAHAAAHAAAHAAAHAAAHAAAHAAAHAAAHAAAHAAAAHEFAABQQVIx";

    /// <summary>With its properties as sparse columns; see SparseColumns.cs.</summary>
    private const string SparseSegmentBytes =
        "UEFSMRUAFWAVRCwVBhUAFQYVBgAA+wUAAAACEjRKvIABAgMEBQYHAAAAAxAAEwEQAFADBAUGBxUEFR4VIkwVBBUAEgAA8AADAAAAYnV5BAAAAHZpZXcVABUGFQgs" +
        "FQYVEBUGFQYAADABAwYVBBUiFSZMFQQVABIAAPACBwAAAGdyw7bDn2UCAAAAdTEVABUGFQgsFQYVEBUGFQYAADABAwYVABUkFSgsFQYVChUGFQYAAPADgAIEAwQB" +
        "AQAAAAIAAAAAAAAAFQQVDBUOTBUCFQASAABgAgAAAHMxFQAVEhUULBUGFRAVBhUGAACQAgAAAAMGAQQAFQAViAMVTCwVBhUKFQYVBgAA8QOAAgQDgNLEvv+ssAb/" +
        "kfQBFgABADGwcQsIAA8CAI1QAAAAAAAVABUiFSYsFQYVChUGFQYAAPACgAIEA4DA0Lz/rLAGAAAAAAAZEQIZGANidXkZGAR2aWV3FQIZFgAAGRECGRgHZ3LDtsOf" +
        "ZRkYAnUxFQIZFgAAGRECGRgIAQAAAAAAAAAZGAgCAAAAAAAAABUCGRYAABkRAhkYAnMxGRgCczEVAhkWAgAZEQIZGAgAEMr7s2AGABkYCICU6PuzYAYAFQIZFgAA" +
        "GRECGRgIABDK+7NgBgAZGAgAEMr7s2AGABUCGRYAABkcFggVZhYAAAAZHBasARUqFgAAABkcFpgCFSoWAAAAGRwWwgIVShYAAAAZHBa2AxU2FgAAABkcFuwDFXAW" +
        "AAAAGRwW3AQVSBYAAAAVABUOFQ4sFQYVABUGFQYAAAIAAAADBAEVABUaFRosFQYVABUGFQYAAAIAAAADAQMAAABbMV0VABUcFRwsFQYVABUGFQYAAAIAAAADBAAA" +
        "AAAAAARAFQAVGhUaLBUGFQAVBhUGAAACAAAAAwEDAAAAUFJPFQAVGhUaLBUGFQAVBhUGAAACAAAAAwQDAAAAcHJvFQQZ3DUAGAdzZWdtZW50FRgAFQ4VIBUAGAR1" +
        "dWlkbOwAAAAVDCUAGAVldmVudCUATBwAAAAVDCUAGAtkaXN0aW5jdF9pZCUATBwAAAAVBCUAGApwZXJzb25fa2V5ABUMJQIYCnNlc3Npb25faWQlAEwcAAAAFQQl" +
        "ABgJdGltZXN0YW1wbIwSHCwAAAAAABUEJQAYC3JlY2VpdmVkX2F0bIwSHCwAAAAAABUAJQIYBGI6b2sAFQwlAhgHajppdGVtcyUATBwAAAAVCiUCGAduOnByaWNl" +
        "ABUMJQIYB3Q6XnBsYW4lAEwcAAAAFQwlAhgGdDpwbGFuJQBMHAAAABYGGRwZzCYAHBUOGSUGABkYBHV1aWQVDhYGFoIBFmYmCEkcFQAVABUCAAAW4AcVFAAmABwV" +
        "DBk1AAYQGRgFZXZlbnQVDhYGFmIWaCasASZuHDYAKAR2aWV3GANidXkREQAZLBUEFQAVAgAVABUQFQIAABb0BxUWFqQFFSwAJgAcFQwZNQAGEBkYC2Rpc3RpbmN0" +
        "X2lkFQ4WBhZmFmwmmAIm1gEcNgAoAnUxGAdncsO2w59lEREAGSwVBBUAFQIAFQAVEBUCAAAWiggVFhbQBRUwACYAHBUEGSUGChkYCnBlcnNvbl9rZXkVDhYGFkYW" +
        "SibCAjwYCAIAAAAAAAAAGAgBAAAAAAAAABYAKAgCAAAAAAAAABgIAQAAAAAAAAAREQAZHBUAFQoVAgAAFqAIFRYWgAYVPgAmABwVDBk1AAYQGRgKc2Vzc2lvbl9p" +
        "ZBUOFgYWXBZgJrYDJowDHDYCKAJzMRgCczEREQAZLBUEFQAVAgAVABUQFQIAABa2CBUWFr4GFSYAJgAcFQQZJQYKGRgJdGltZXN0YW1wFQ4WBhasAxZwJuwDPBgI" +
        "gJTo+7NgBgAYCAAQyvuzYAYAFgAoCICU6PuzYAYAGAgAEMr7s2AGABERABkcFQAVChUCAAAWzAgVFhbkBhU+ACYAHBUEGSUGChkYC3JlY2VpdmVkX2F0FQ4WBhZE" +
        "Fkgm3AQ8GAgAEMr7s2AGABgIABDK+7NgBgAWACgIABDK+7NgBgAYCAAQyvuzYAYAEREAGRwVABUKFQIAABbiCBUWFqIHFT4AJgAcFQAZJQAGGRgEYjpvaxUAFgYW" +
        "MBYwJvgIAAAmABwVDBklAAYZGAdqOml0ZW1zFQAWBhY8FjwmqAkAACYAHBUKGSUABhkYB246cHJpY2UVABYGFj4WPibkCQAAJgAcFQwZJQAGGRgHdDpecGxhbhUA" +
        "FgYWPBY8JqIKAAAmABwVDBklAAYZGAZ0OnBsYW4VABYGFjwWPCbeCgAAFv4JFgYmCBa+BwAZPBgVaGVhZHJvb20uZXZlbnRfY291bnRzGCBBUU5pZFhrQm9MN3pB" +
        "UUFFZG1sbGR3S2d2dk1CQUE9PQAYD2hlYWRyb29tLmZvcm1hdBgBMQAYD2hlYWRyb29tLnNwYXJzZRgIQndFQkFRRUIAGAhIZWFkcm9vbRnMHAAAHAAAHAAAHAAA" +
        "HAAAHAAAHAAAHAAAHAAAHAAAHAAAHAAAAJAEAABQQVIx";

    private const string SeenBytes =
        "SFJTRUVOMDECAAAAAQAAAAMAAAAAAAAACgAAAAAAAAAUAAAAAAAAAAAAAACMAQAAAAAAAIwBAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAAAAAACAAAAAAAAAAcA" +
        "AAAAAAAAAgAAAAAAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAgQAAAAIAQAAAgAAIAAAAAAAoAQAAAAAAIBAAAACAEAAACgAAAAAAAgAAAEAAA" +
        "AABCAAAAAAgCACAAAQAAAAAAAAACAAAAAAAAAABwAAAAAIwBAwAAAAAAAAD/////////////////////";

    private const string PersonBytes =
        "UEFSMRUEFTAVJkwVBhUAEgAAIgEAAQASAgcAkAADAAAAAAAAABUAFQgVCiwVBhUQFQYVBgAAQAIDJAAVBBUQFRJMFQIVABIAAIACAAAAAAAAABUAFQYVCCwV" +
        "BhUQFQYVBgAAMAEGABUAFUwVSCwVBhUAFQYVBgAA8wsCAAAAAwMAAAABEjRKvIABAgMEBQYHAAAAAhAAUAMEBQYHFQQVIBUkTBUEFQASAADwAUBS2fuzYAYA" +
        "gJTo+7NgBgAVABUSFRQsFQYVEBUGFQYAAJACAAAAAwMBAwIVABUOFRAsFQYVABUGFQYAAHACAAAAAwMBFQAVDhUQLBUGFQAVBhUGAABwAgAAAAMBARUEFQ4V" +
        "EEwVAhUAEgAAcAMAAABbMV0VABUSFRQsFQYVEBUGFQYAAJACAAAAAwEBAgAVBBUQFRJMFQIVABIAAIAAAAAAAAAEQBUAFRIVFCwVBhUQFQYVBgAAkAIAAAAD" +
        "AQECABUEFQ4VEEwVAhUAEgAAcAMAAABQUk8VABUSFRQsFQYVEBUGFQYAAJACAAAAAwIBAgAVBBUWFRhMFQIVABIAALAHAAAAZ3LDtsOfZRUAFRIVFCwVBhUQ" +
        "FQYVBgAAkAIAAAADAQECABkRAhkYCAEAAAAAAAAAGRgIAwAAAAAAAAAVAhkWAAAZHBZKFSwWAAAAGRwWpAEVKhYAAAAZHBbOARVqFgAAABkcFvgCFTYWAAAA" +
        "GRwWrgMVMhYAAAAZHBbgAxUyFgAAABkcFr4EFTYWAAAAGRwWogUVNhYAAAAZHBaEBhU2FgAAABkcFu4GFTYWAAAAFQQZvDUAGAdwZXJzb25zFRQAFQQlABgK" +
        "cGVyc29uX2tleQAVBCUAGAd2ZXJzaW9uABUOFSAVAhgEdXVpZGzsAAAAFQQlAhgKY3JlYXRlZF9hdGyMEhwsAAAAAAAVACUCGA1pc19pZGVudGlmaWVkABUA" +
        "JQIYBGI6b2sAFQwlAhgHajppdGVtcyUATBwAAAAVCiUCGAduOnByaWNlABUMJQIYB3Q6XnBsYW4lAEwcAAAAFQwlAhgGdDpwbGFuJQBMHAAAABYGGRwZrCYA" +
        "HBUEGTUABhAZGApwZXJzb25fa2V5FQ4WBhZ2Fm4mSiYIHBgIAwAAAAAAAAAYCAEAAAAAAAAAFgAoCAMAAAAAAAAAGAgBAAAAAAAAABERABksFQQVABUCABUA" +
        "FRAVAgAAFuIHFRQWpAcVPgAmABwVBBk1AAYQGRgHdmVyc2lvbhUOFgYWVBZYJqQBJnYpLBUEFQAVAgAVABUQFQIAABb2BxUWACYAHBUOGSUGABkYBHV1aWQV" +
        "DhYGFm4WaibOAUkcFQAVABUCAAAWjAgVFgAmABwVBBk1AAYQGRgKY3JlYXRlZF9hdBUOFgYWcBZ2JvgCJrgCKSwVBBUAFQIAFQAVEBUCAAAWoggVFgAmABwV" +
        "ABklBgAZGA1pc19pZGVudGlmaWVkFQ4WBhYwFjImrgNJHBUAFQAVAgAAFrgIFRYAJgAcFQAZJQYAGRgEYjpvaxUOFgYWMBYyJuADSRwVABUAFQIAABbOCBUW" +
        "ACYAHBUMGTUABhAZGAdqOml0ZW1zFQ4WBhZeFmImvgQmkgQpLBUEFQAVAgAVABUQFQIAABbkCBUWACYAHBUKGTUABhAZGAduOnByaWNlFQ4WBhZgFmQmogUm" +
        "9AQpLBUEFQAVAgAVABUQFQIAABb6CBUWACYAHBUMGTUABhAZGAd0Ol5wbGFuFQ4WBhZeFmImhAYm2AUpLBUEFQAVAgAVABUQFQIAABaQCRUWACYAHBUMGTUA" +
        "BhAZGAZ0OnBsYW4VDhYGFmYWaibuBia6BiksFQQVABUCABUAFRAVAgAAFqYJFRYAFooHFgYmCBacBwAoCEhlYWRyb29tGawcAAAcAAAcAAAcAAAcAAAcAAAc" +
        "AAAcAAAcAAAcAAAATgMAAFBBUjE=";

    private static readonly PropertyColumnKey[] Columns =
    [
        new("plan", PropertyKind.Text), new("Plan", PropertyKind.Text), new("price", PropertyKind.Number),
        new("ok", PropertyKind.Boolean), new("items", PropertyKind.Json),
    ];

    private static readonly TestRow[] Rows =
    [
        new(1, 1, "view", "u1", 1, "s1", StoreFixture.Micros(1)) { Properties = [("plan", "pro"), ("price", 2.5), ("ok", true)] },
        new(1, 2, "buy", "größe", 2, null, StoreFixture.Micros(2)) { Properties = [("Plan", "PRO"), ("items", new List())] },
        new(1, 3, "view", "u1", 1, "s1", StoreFixture.Micros(0)),
    ];

    private static readonly SeenKey[] Keys = [new(1, 1, 2), new(1, 0x018C_0000_0000_7000, 3), new(7, ulong.MaxValue, ulong.MaxValue)];

    [Theory]
    [InlineData(SegmentBytes)]
    [InlineData(SparseSegmentBytes)]
    public async Task A_golden_segment_is_read_and_merged(string segment)
    {
        await using var fixture = new StoreFixture();
        await fixture.CommitAsync(1, Rows);
        var path = fixture.Store.State.Project(new ProjectId(1)).Segments[0].File.Path;
        await fixture.CloseAsync();
        await File.WriteAllBytesAsync(path, Convert.FromBase64String(segment), TestContext.Current.CancellationToken);

        // The old build's catalog had the old build's checksum.
        await using (var catalog = new SqliteConnection($"Data Source={Path.Combine(fixture.Options.DataDirectory, "catalog.db")};Pooling=False"))
        {
            await catalog.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = catalog.CreateCommand();
            command.CommandText = "UPDATE segments SET bytes = $1, checksum = $2";
            command.Parameters.AddWithValue("$1", new FileInfo(path).Length);
            command.Parameters.AddWithValue("$2", StoreFiles.Checksum(path));
            Assert.Equal(1, await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        }

        string[] expected =
        [
            Line(2, "buy|größe|2|∅", 2, "∅|PRO|∅|∅|[1]"), Line(3, "view|u1|1|s1", 0, "∅|∅|∅|∅|∅"), Line(1, "view|u1|1|s1", 1, "pro|∅|n2.5|true|∅"),
        ];
        const string Sql = """
            SELECT uuid, event, distinct_id, person_key, session_id, "timestamp", received_at, "t:plan", "t:^plan", "n:price", "b:ok", "j:items"
            FROM {events} ORDER BY event, "timestamp"
            """;
        Assert.Equal(expected, await fixture.QueryAsync(1, Sql, Columns));
        await fixture.CommitAsync(2, TestRow.Simple(1, 4, "z"));
        await fixture.CommitAsync(3, TestRow.Simple(1, 5, "z"));
        Assert.True(fixture.Compact() > 0);
        Assert.Single(fixture.Store.State.Project(new ProjectId(1)).Segments);
        Assert.Equal(expected, (await fixture.QueryAsync(1, Sql, Columns)).Take(3));

        static string Line(int uuid, string start, double seconds, string end) =>
            $"{StoreFixture.Uuid(uuid)}|{start}|{StoreFixture.Micros(seconds)}|{StoreFixture.Micros(0)}|{end}";
    }

    [Fact]
    public async Task A_golden_file_of_persons_is_read_and_merged()
    {
        await using var fixture = new StoreFixture();
        using (var batch = fixture.Store.BeginBatch())
        {
            batch.Identities.Persons.AddRange(
            [
                (new ProjectId(1), new Person(1, StoreFixture.Uuid(1), StoreFixture.Micros(1), true, """{"plan":"größe","price":2.5,"ok":true,"items":[1]}""")),
                (new ProjectId(1), new Person(2, StoreFixture.Uuid(2), StoreFixture.Micros(2), false, """{"Plan":"PRO"}""")),
            ]);
            batch.Identities.Merges.Add((new ProjectId(1), 3, 2));
            await batch.CommitAsync(1, CancellationToken.None);
        }

        var path = fixture.Store.State.Project(new ProjectId(1)).Persons[0].File.Path;
        await File.WriteAllBytesAsync(path, Convert.FromBase64String(PersonBytes), TestContext.Current.CancellationToken);
        string[] expected =
        [
            $"1|{StoreFixture.Uuid(1)}|{StoreFixture.Micros(1)}|true|größe|∅|n2.5|true|[1]", $"2|{StoreFixture.Uuid(2)}|{StoreFixture.Micros(2)}|false|∅|PRO|∅|∅|∅",
        ];
        Assert.Equal(expected, await fixture.PersonsAsync(1, Columns));
        for (var i = 2; i < 5; i++)
        {
            using var batch = fixture.Store.BeginBatch();
            batch.Identities.Persons.Add((new ProjectId(1), new Person(10, StoreFixture.Uuid(10), 0, false, "{}")));
            await batch.CommitAsync(i, CancellationToken.None);
        }

        Assert.True(fixture.Compact() > 0);
        Assert.True(Assert.Single(fixture.Store.State.Project(new ProjectId(1)).Persons).IsBase);
        Assert.Equal(expected, (await fixture.PersonsAsync(1, Columns)).Take(2));
    }

    [Fact]
    public void A_golden_seen_file_is_written_and_read_as_it_was()
    {
        var path = Path.GetTempFileName();
        try
        {
            SeenFileWriter.Write(path, Keys, 10, 20);
            Assert.Equal(SeenBytes, Convert.ToBase64String(File.ReadAllBytes(path)));
            using var file = SeenFile.Open(1, 0, path);
            Assert.All(Keys, k => Assert.True(file.Contains(k, k.Hash, k.Version7Milliseconds)));
            Assert.Equal((10, 20), (file.MinReceived, file.MaxReceived));
            Assert.Equal((0x018C_0000_0000, 0x018C_0000_0000), (file.MinVersion7, file.MaxVersion7));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private sealed class List
    {
        public override string ToString() => "[1]";
    }
}
