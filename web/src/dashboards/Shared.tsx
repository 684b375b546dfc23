export default function SharedDashboard({ token, embedded }: { token: string; embedded: boolean }) {
  return <main data-embedded={embedded}>{token}</main>;
}
