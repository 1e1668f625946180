/** Every code that a refused or failed request may answer, by status. */
export function ProblemCodes({ codes }: { codes: Readonly<Record<string, number>> }) {
  const statuses = [...new Set(Object.values(codes))].sort((a, b) => a - b)
  return (
    <dl className="problem-codes">
      {statuses.map((status) => (
        <div key={status}>
          <dt>{status}</dt>
          <dd>
            {Object.keys(codes)
              .filter((code) => codes[code] === status)
              .map((code) => (
                <code key={code}>{code}</code>
              ))}
          </dd>
        </div>
      ))}
    </dl>
  )
}
