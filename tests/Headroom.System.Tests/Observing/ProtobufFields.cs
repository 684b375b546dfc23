using System.Buffers.Binary;
using System.Text;

namespace Headroom.System.Tests.Observing;

/// <summary>The fields of one message in Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding/), as far as OTLP needs them.</summary>
internal sealed class ProtobufFields
{
    private readonly List<(int Number, ReadOnlyMemory<byte> Bytes, ulong Value)> _fields = [];

    public ProtobufFields(ReadOnlyMemory<byte> message)
    {
        while (message.Length > 0)
        {
            var tag = Varint(ref message);
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    _fields.Add((number, default, Varint(ref message)));
                    break;
                case 1:
                    _fields.Add((number, default, BinaryPrimitives.ReadUInt64LittleEndian(message.Span)));
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    _fields.Add((number, message[..length], 0));
                    message = message[length..];
                    break;
                case 5:
                    _fields.Add((number, default, BinaryPrimitives.ReadUInt32LittleEndian(message.Span)));
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"Wire type {tag & 7} of field {number}.");
            }
        }
    }

    public IEnumerable<ProtobufFields> Messages(int number) => _fields.Where(field => field.Number == number).Select(field => new ProtobufFields(field.Bytes));

    public ProtobufFields? Message(int number) => Messages(number).FirstOrDefault();

    public string Text(int number) => Encoding.UTF8.GetString(_fields.FirstOrDefault(field => field.Number == number).Bytes.Span);

    public string Hex(int number) => Convert.ToHexStringLower(_fields.FirstOrDefault(field => field.Number == number).Bytes.Span);

    public ulong Number(int number) => _fields.FirstOrDefault(field => field.Number == number).Value;

    private static ulong Varint(ref ReadOnlyMemory<byte> bytes)
    {
        var value = 0UL;
        for (var i = 0; ; i++)
        {
            var next = bytes.Span[i];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return value;
            }
        }
    }
}
