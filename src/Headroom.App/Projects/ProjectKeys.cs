using System.Security.Cryptography;
using System.Text;
using Headroom.App.Shared.Control;

namespace Headroom.App.Projects;

/// <summary>
/// Makes keys: a prefix that says the kind, then letters and digits, which a double click selects whole. A write key has
/// 190 random bits so that nobody guesses it, a read key 238, so that its hash needs neither salt nor stretching.
/// </summary>
internal static class ProjectKeys
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const int WriteLength = 32;
    private const int ReadLength = 40;
    private const int PrefixLength = 8;

    public static string Make(KeyKind kind) => kind == KeyKind.Write
        ? "hrw_" + RandomNumberGenerator.GetString(Alphabet, WriteLength)
        : "hrr_" + RandomNumberGenerator.GetString(Alphabet, ReadLength);

    public static KeyRow Row(int project, KeyKind kind, string name, string key, DateTimeOffset now) => new()
    {
        ProjectId = project,
        Kind = kind,
        Name = name,
        Key = kind == KeyKind.Write ? key : null,
        Hash = kind == KeyKind.Read ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null,
        Prefix = key[..PrefixLength],
        CreatedAt = now,
    };
}
