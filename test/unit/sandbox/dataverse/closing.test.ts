import { describe, expect, it } from 'vitest';
import { errorOf, type Fixture, messageOf, rowsOf, seedDeal, startDataverse } from './support.ts';

function close(
  { call }: Fixture,
  action: string,
  opportunity: string,
  Status: number,
  activity: object = {},
) {
  return call('POST', action, {
    body: {
      Status,
      OpportunityClose: {
        subject: 'Done',
        'opportunityid@odata.bind': `/opportunities(${opportunity})`,
        ...activity,
      },
    },
  });
}

describe('winning and losing', () => {
  it('sets state, date and value, and records how', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);

    const answer = await close(fixture, 'WinOpportunity', opportunity, 3, {
      '@odata.type': 'Microsoft.Dynamics.CRM.opportunityclose',
      actualrevenue: 11000,
      actualend: '2026-02-27T12:00:00Z',
    });
    const activities = await fixture.call(
      'GET',
      `opportunitycloses?$select=subject,actualrevenue,actualend,statecode,opportunitystatecode&$filter=_opportunityid_value eq ${opportunity}`,
    );

    expect(answer.status).toBe(204);
    expect(fixture.org.find('opportunity', opportunity)).toMatchObject({
      statecode: 1,
      statuscode: 3,
      actualclosedate: '2026-02-27',
      actualvalue: 11000,
      msdyn_forecastcategory: 100_000_005,
    });
    expect(rowsOf(activities)).toMatchObject([
      {
        subject: 'Done',
        actualrevenue: 11000,
        actualend: '2026-02-27T12:00:00Z',
        statecode: 1,
        opportunitystatecode: 1,
      },
    ]);
  });

  it('takes today and the estimated value where the client says nothing', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);

    await close(fixture, 'WinOpportunity', opportunity, -1);

    expect(fixture.org.find('opportunity', opportunity)).toMatchObject({
      statuscode: 3,
      actualclosedate: '2026-03-02',
      actualvalue: 12000,
    });
  });

  it.each([
    ['WinOpportunity', 4],
    ['LoseOpportunity', 3],
    ['LoseOpportunity', 99],
  ])('refuses a status reason of another state: %s with %d', async (action, status) => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);

    const answer = await close(fixture, action, opportunity, status);

    expect(errorOf(answer)).toEqual({ status: 400, code: '0x80048408' });
    expect(fixture.org.list('opportunityclose')).toEqual([]);
  });

  it('refuses what is closed or missing, and incomplete requests', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);
    await close(fixture, 'LoseOpportunity', opportunity, 5);

    const again = await close(fixture, 'WinOpportunity', opportunity, 3);
    const missing = await close(fixture, 'WinOpportunity', '00000000-0000-0000-0000-000000000001', 3);
    const bare = await fixture.call('POST', 'WinOpportunity', { body: { OpportunityClose: {} } });

    expect(errorOf(again)).toEqual({ status: 400, code: '0x80040515' });
    expect(errorOf(missing)).toEqual({ status: 404, code: '0x80040217' });
    expect(bare.status).toBe(400);
  });
});

describe('the state of an opportunity', () => {
  it('cannot be set to won or lost by a plain write', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);

    const won = await fixture.call('PATCH', `opportunities(${opportunity})`, { body: { statecode: 1 } });
    const lost = await fixture.call('PATCH', `opportunities(${opportunity})`, {
      body: { statecode: 2, statuscode: 4 },
    });

    expect(errorOf(won)).toEqual({ status: 400, code: '0x80100005' });
    expect(messageOf(won)).toBe(
      'This message can not be used to set the state of opportunity to won. In order to set state of opportunity to won, use the won message instead.',
    );
    expect(errorOf(lost).code).toBe('0x80100005');
  });

  it('is opened again by a plain write, which keeps the record of the close', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);
    await close(fixture, 'WinOpportunity', opportunity, 3);

    const reopened = await fixture.call('PATCH', `opportunities(${opportunity})`, {
      body: { statecode: 0, statuscode: 2 },
    });
    const again = await fixture.call('PATCH', `opportunities(${opportunity})`, {
      body: { statecode: 0, statuscode: 1 },
    });
    await close(fixture, 'LoseOpportunity', opportunity, 4);

    expect(reopened.status).toBe(204);
    expect(errorOf(again)).toEqual({ status: 400, code: '0x8004051a' });
    expect(fixture.org.list('opportunityclose')).toHaveLength(2);
    expect(fixture.org.find('opportunity', opportunity)).toMatchObject({ statecode: 2, statuscode: 4 });
  });

  it('keeps or empties the actual values when it is opened again, as the organization does', async () => {
    const fixture = await startDataverse();
    const { opportunity: first } = seedDeal(fixture.org);
    const { opportunity: second } = seedDeal(fixture.org);
    for (const id of [first, second]) await close(fixture, 'WinOpportunity', id, 3);

    await fixture.call('PATCH', `opportunities(${first})`, { body: { statecode: 0 } });
    fixture.org.switches.reopenClearsActuals = false;
    await fixture.call('PATCH', `opportunities(${second})`, { body: { statecode: 0 } });

    expect(fixture.org.find('opportunity', first)).toMatchObject({ statuscode: 1, actualvalue: null });
    expect(fixture.org.find('opportunity', second)).toMatchObject({ statuscode: 1, actualvalue: 12000 });
  });

  it('limits which status reasons can be written', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);
    const path = `opportunities(${opportunity})`;

    expect((await fixture.call('PATCH', path, { body: { statuscode: 2 } })).status).toBe(204);
    expect(errorOf(await fixture.call('PATCH', path, { body: { statuscode: 3 } }))).toEqual({
      status: 400,
      code: '0x80048408',
    });
  });

  it('makes a closed opportunity read-only only where the organization does', async () => {
    const fixture = await startDataverse();
    const { opportunity } = seedDeal(fixture.org);
    const path = `opportunities(${opportunity})`;
    await close(fixture, 'WinOpportunity', opportunity, 3);

    const editable = await fixture.call('PATCH', path, { body: { name: 'x' } });
    fixture.org.switches.closedOpportunities = 'readOnly';
    const refused = await fixture.call('PATCH', path, { body: { name: 'y' } });
    const reopened = await fixture.call('PATCH', path, { body: { statecode: 0 } });

    expect(editable.status).toBe(204);
    expect(errorOf(refused)).toEqual({ status: 400, code: '0x8004022e' });
    expect(reopened.status).toBe(204);
  });

  it('can be asked about before it is changed', async () => {
    const { call, org } = await startDataverse();
    const { opportunity } = seedDeal(org);
    const ask = (state: string, status: number) =>
      call(
        'GET',
        `IsValidStateTransition(Entity=@p1,ProposedState='${state}',ProposedStatus=${status})?@p1={'@odata.id':'opportunities(${opportunity})'}`,
      );

    expect((await ask('Won', 3)).json.IsValid).toBe(true);
    expect((await ask('Won', 4)).json.IsValid).toBe(false);
    expect((await ask('Open', 1)).json.IsValid).toBe(false);
  });
});
