import { RidewireClient } from '#libs/client';
import { AppAudience, UserType } from '#libs/contracts';
import { type City } from './city.js';

const PASSWORD = 'password of somebody';
const audiences = {
  [UserType.driver]: AppAudience.driverApp,
  [UserType.passenger]: AppAudience.passengerApp,
  [UserType.admin]: AppAudience.adminPanel,
} as const;

/** Somebody with an account and an app. */
export interface Employee {
  id: string;
  name: string;
  email: string;
  password: string;
  token: string;
  client: RidewireClient;
}

/** People who are made for a test, beside those of the simulator. */
export class Office {
  private readonly clients: RidewireClient[] = [];
  private adminToken = '';
  private sequence = 0;

  constructor(private readonly city: City) {}

  async add(userType: UserType, name: string): Promise<Employee> {
    this.sequence += 1;
    const email = `office${this.sequence}@example.com`;
    const { id } = await this.ask<{ id: string }>('POST', 'admin/users', {
      userType,
      name,
      email,
      password: PASSWORD,
    });
    const token = await this.login(email, PASSWORD, audiences[userType]);
    const client = new RidewireClient({ url: this.city.url, getToken: () => token });
    client.chat();
    this.clients.push(client);
    return { id, name, email, password: PASSWORD, token, client };
  }

  /** As the dispatcher of the tests. */
  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const { email, password } = this.city.login;
    this.adminToken ||= await this.login(email, password, AppAudience.adminPanel);
    const response = await fetch(`${this.city.url}/api/${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.adminToken}`,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const { data } = (await response.json()) as { data: T };
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
    return data;
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  private async login(email: string, password: string, appAudience: string): Promise<string> {
    const response = await fetch(`${this.city.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, appAudience }),
    });
    const { data } = (await response.json()) as { data: { accessToken: string } };
    return data.accessToken;
  }
}
