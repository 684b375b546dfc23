using System.Buffers;
using System.IO.Pipelines;

namespace Headroom.App.Importing;

/// <summary>
/// A request's body to be read once. Its reads end on <see cref="Stop"/>, not by their token: the server can then read on what is left and
/// answer, which it cannot after a read that was given up.
/// </summary>
internal sealed class BodyStream(PipeReader body) : ForwardStream
{
    /// <summary>Makes the read that is under way, or the next one, throw <see cref="OperationCanceledException"/>.</summary>
    public void Stop() => body.CancelPendingRead();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var result = await body.ReadAsync(CancellationToken.None);
        if (result.IsCanceled)
        {
            body.AdvanceTo(result.Buffer.Start);
            throw new OperationCanceledException("The body is read no further.");
        }

        var length = (int)Math.Min(result.Buffer.Length, buffer.Length);
        var part = result.Buffer.Slice(0, length);
        part.CopyTo(buffer.Span);
        body.AdvanceTo(part.End);
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
