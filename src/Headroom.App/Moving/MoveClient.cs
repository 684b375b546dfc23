using System.Net.Sockets;
using System.Text.Json;

namespace Headroom.App.Moving;

/// <summary>A session with a server that is moved from or to. Not safe for concurrent use.</summary>
public sealed class MoveClient : IAsyncDisposable
{
    private readonly Stream _stream;
    private readonly StreamReader _reader;

    private MoveClient(Stream stream) => (_stream, _reader) = (stream, new StreamReader(stream, leaveOpen: true));

    /// <summary>Null where no server runs on the data directory.</summary>
    public static async Task<MoveClient?> FindAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        try
        {
            return new MoveClient(await ConnectAsync(Path.Combine(dataDirectory, MoveMarks.SocketName), cancellationToken));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            // The path of a socket is bounded, so no server has one there.
            return null;
        }
    }

    /// <exception cref="InvalidOperationException">The server did not do it.</exception>
    /// <exception cref="IOException">The server is gone.</exception>
    public async Task<MoveReply> AskAsync(MoveRequest request, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(request, MoveJson.Default.MoveRequest), cancellationToken);
        await _stream.WriteAsync("\n"u8.ToArray(), cancellationToken);
        var line = await _reader.ReadLineAsync(cancellationToken) ?? throw new IOException($"The server has ended before it answered \"{request.Command}\".");
        var reply = JsonSerializer.Deserialize(line, MoveJson.Default.MoveReply)!;
        return reply.Problem is null ? reply : throw new InvalidOperationException(reply.Problem);
    }

    public Task<MoveReply> AskAsync(string command, CancellationToken cancellationToken) => AskAsync(new MoveRequest(command), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _reader.Dispose();
        await _stream.DisposeAsync();
    }

    internal static async Task<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
