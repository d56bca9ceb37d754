using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CompatBot.Core.Vault;

/// <summary>
/// Key bytes outside of the garbage collector's reach: locked (as far as RLIMIT_MEMLOCK allows), left out of core dumps,
/// zeroed when freed. Keys that live together share one block by <see cref="Slice"/>.
/// </summary>
public sealed unsafe class SecretBytes : IDisposable
{
    private readonly Block _block;
    private readonly int _offset;

    private SecretBytes(Block block, int offset, int length) => (_block, _offset, Length) = (block, offset, length);

    public int Length { get; }

    /// <summary>Use it while nobody can dispose of the block; seals take a <see cref="Hold"/> for their own duration.</summary>
    public ReadOnlySpan<byte> Span => Writable;

    internal Span<byte> Writable
    {
        get
        {
            ObjectDisposedException.ThrowIf(_block.IsClosed, this);
            return new((byte*)_block.DangerousGetHandle() + _offset, Length);
        }
    }

    public static SecretBytes Random(int length)
    {
        var secret = Zeroed(length);
        RandomNumberGenerator.Fill(secret.Writable);
        return secret;
    }

    public static SecretBytes Copy(ReadOnlySpan<byte> bytes)
    {
        var secret = Zeroed(bytes.Length);
        bytes.CopyTo(secret.Writable);
        return secret;
    }

    internal static SecretBytes Zeroed(int length) => new(new Block(length), 0, length);

    /// <summary>A part of this block. Disposing of either frees the whole.</summary>
    internal SecretBytes Slice(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Length - offset);
        return new(_block, _offset + offset, length);
    }

    /// <summary>Keeps the memory mapped until the hold is disposed of, even when the owner disposes of the key meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The key is closed.</exception>
    internal Hold Use() => new(_block);

    public void Dispose() => _block.Dispose();

    public override string ToString() => "(key)";

    internal readonly ref struct Hold
    {
        private readonly Block _block;

        public Hold(Block block)
        {
            var held = false;
            block.DangerousAddRef(ref held);
            _block = block;
        }

        public void Dispose() => _block.DangerousRelease();
    }

    internal sealed class Block : SafeHandle
    {
        private readonly int _length;
        private readonly Origin _origin;

        public Block(int length) : base(0, ownsHandle: true)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
            _length = length;
            _origin = length <= SecretArena.SlotBytes ? Origin.Slot : Origin.Guarded;
            var pointer = _origin is Origin.Slot ? SecretArena.Rent() : Sodium.Allocate(length);
            if (pointer == null)
            {
                // No more mappings to be had: plain memory then, neither locked nor left out of dumps, but zeroed all the same.
                _origin = Origin.Plain;
                pointer = (byte*)NativeMemory.Alloc((nuint)length);
            }

            if (_origin is not Origin.Slot) new Span<byte>(pointer, length).Clear();
            SetHandle((nint)pointer);
        }

        private enum Origin
        {
            Slot,
            Guarded,
            Plain,
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            var pointer = (byte*)handle;
            switch (_origin)
            {
                case Origin.Slot:
                    SecretArena.Return(pointer);
                    break;
                case Origin.Guarded:
                    Sodium.Free(pointer);
                    break;
                default:
                    CryptographicOperations.ZeroMemory(new Span<byte>(pointer, _length));
                    NativeMemory.Free(pointer);
                    break;
            }

            return true;
        }
    }
}
