// The one argument of every script is a JSON object; what a script prints as its last line is one too.
export const input = JSON.parse(process.argv[2] ?? '{}')

// These scripts only ever talk to this machine.
export function local(url) {
  const { hostname } = new URL(url)
  if (hostname !== '127.0.0.1') {
    throw new Error(`refused: ${url} is not on 127.0.0.1`)
  }
  return url
}

export function done(result = {}) {
  console.log(JSON.stringify(result))
}

/** Waits for what no event tells of; the detail is for whoever reads that it did not come. */
export async function until(what, condition, detail = []) {
  const deadline = Date.now() + 60_000
  while (!(await condition())) {
    if (Date.now() > deadline) {
      throw new Error(`not within a minute: ${what}; ${JSON.stringify(detail)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
